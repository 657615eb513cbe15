import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import type { RolloutProgress } from '#shared-schema/rollouts/rollout.ts';
import { connect } from '../connect.ts';
import { printRollout } from '../output/print-rollout.ts';
import { examples } from './examples.ts';

interface PlanOptions {
  readonly release?: string;
  readonly slug?: readonly string[];
  readonly residency?: string;
  readonly tag?: readonly string[];
  readonly percentage?: number;
  readonly waves?: readonly number[];
  readonly concurrency?: number;
  readonly tolerance?: string;
  readonly soak?: number;
  readonly onFailure?: string;
  readonly json?: boolean;
}

/** `rollouts plan`: freezes the targets and shows what it would do. What is left out, the platform decides. */
export function planCommand(): Command {
  return new Command('plan')
    .description('freeze which stacks get a release, wave by wave, and show what it takes; nothing moves')
    .option('--release <id>', 'the release; the current one where it is left out')
    .option('--slug <slug...>', 'only these accounts')
    .option('--residency <residency>', 'only accounts of this residency')
    .option('--tag <tag...>', 'only accounts with one of these tags')
    .option('--percentage <number>', 'only so many of them, in percent', number)
    .option('--waves <percentages>', 'how far each wave reaches, such as 1,10,50,100', numbers)
    .option('--concurrency <count>', 'how many stacks at once, 1 to 100 (20)', number)
    .option('--tolerance <failures>', 'how many may fail before it pauses: 3, or 1% (0)')
    .option(
      '--soak <duration>',
      'how long each wave is watched before the next: 30s, 10m, 24h (60s)',
      duration,
    )
    .option('--on-failure <what>', 'pause or continue past the tolerance (pause)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'freehold rollouts plan --waves 1,10,100 --tolerance 1% --soak 10m',
        'freehold rollouts plan --release <id> --tag pilot',
      ),
    )
    .action(async (options: PlanOptions) => {
      const { release, slug, residency, tag, percentage, waves, concurrency, tolerance, soak, onFailure } =
        options;
      const order = {
        ...{ release_id: release, waves, concurrency, tolerance, soak_ms: soak, on_failure: onFailure },
        selector: { slugs: slug, residency, tags: tag, percentage },
      };
      const key = { 'idempotency-key': randomUUID() };
      const planned = await connect().post<RolloutProgress>('/admin/rollouts', order, key);
      printRollout(planned, options);
      if (!options.json) console.log(`\nNothing has moved. Start it: freehold rollouts start ${planned.id}`);
    });
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is a number.');
  return value;
}

function numbers(text: string): number[] {
  return text.split(',').map(number);
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 60 * 60_000 } as const;

function duration(text: string): number {
  const [, amount, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (unit === 's' || unit === 'm' || unit === 'h') return Number(amount) * UNITS_MS[unit];
  throw new InvalidArgumentError('It is a number with a unit: 30s, 10m, 24h.');
}
