import type { Fleet } from '#shared-schema/rollouts/fleet.ts';
import type { RolloutProgress, TargetCounts } from '#shared-schema/rollouts/rollout.ts';
import { minutesLeft } from './duration.ts';
import { pageLines, printJson, printLines, recordLines } from './print.ts';

/** Prints a rollout with its waves: what it is, how far it has come, what it takes still. */
export function printRollout(rollout: RolloutProgress, { json }: { json?: boolean }): void {
  if (json) printJson(rollout);
  else printLines(rolloutLines(rollout));
}

export function rolloutLines(rollout: RolloutProgress): string[] {
  const { waves, targets, plan, ...rest } = rollout;
  const record = {
    ...rest,
    tolerance: plan.on_failure === 'continue' ? 'any' : `${plan.max_failures} failed`,
    concurrency: plan.concurrency,
    soak: minutesLeft(plan.soak_ms),
    targets: describeCounts(targets),
  };
  const rows = waves.map((wave) => ({ wave: wave.wave, ...wave.targets }));
  return [
    ...recordLines(record),
    '',
    ...tableLines(rows, ['wave', 'pending', 'running', 'done', 'failed', 'skipped']),
    ...(targets.failed > 0
      ? ['', `Which failed: freehold rollouts targets ${rollout.id} --filter status=failed`]
      : []),
  ];
}

export function fleetLines({ current_release_id, releases, failures, rollouts }: Fleet): string[] {
  return [
    `New accounts get release ${current_release_id ?? '-'}.`,
    ...['', 'Stacks that serve an account:'],
    ...tableLines(releases, ['release_id', 'schema_version', 'stacks']),
    ...['', 'Failed in the last rollout:'],
    ...tableLines(failures, ['stacks', 'step', 'code', 'message']),
    ...['', 'The last rollouts:'],
    ...tableLines(rollouts, ['id', 'status', 'release_id', 'created_at']),
  ];
}

function tableLines(data: readonly object[], columns: readonly string[]): string[] {
  return pageLines({ data, next_cursor: null }, columns);
}

const ORDER = ['done', 'failed', 'skipped', 'running', 'pending'] as const;

/** `98 done, 2 failed of 100`. */
export function describeCounts(counts: TargetCounts): string {
  const total = ORDER.reduce((sum, status) => sum + counts[status], 0);
  const parts = ORDER.filter((status) => status === 'done' || counts[status] > 0);
  return `${parts.map((status) => `${counts[status]} ${status}`).join(', ')} of ${total}`;
}
