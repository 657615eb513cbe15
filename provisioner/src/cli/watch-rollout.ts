import { setTimeout } from 'node:timers/promises';
import type { RolloutProgress } from '#shared-schema/rollouts/rollout.ts';
import { CliError } from './cli-error.ts';
import { whenInterrupted } from './interruption.ts';
import { minutesLeft } from './output/duration.ts';
import { describeCounts } from './output/print-rollout.ts';
import type { PlatformClient } from './platform-client.ts';

const ASK_AGAIN_MS = 1_000;

/**
 * Carries a rollout on, request by request, and shows how far it has come (on standard error), until it ends. The platform
 * would carry it on by itself, once a minute. Errors: `ROLLOUT_PAUSED`, `ROLLOUT_HAS_FAILURES`, `ROLLOUT_ABORTED`,
 * `ROLLOUT_ROLLED_BACK`, `ROLLOUT_NOT_STARTED`.
 */
export async function watchRollout(
  platform: PlatformClient,
  id: string,
  options: { json?: boolean },
): Promise<RolloutProgress> {
  using _ = whenInterrupted(() => {
    if (options.json) return;
    process.stderr.write(
      `\nIt goes on. Follow it: freehold rollouts watch ${id}\nStop it: freehold rollouts pause ${id}\n`,
    );
  });
  let shown = '';
  for (;;) {
    const rollout = await platform.post<RolloutProgress>(`/admin/rollouts/${encodeURIComponent(id)}/run`, {});
    const line = progressLine(rollout);
    if (!options.json && line !== shown) process.stderr.write(`${line}\n`);
    shown = line;
    if (rollout.status !== 'running') return ended(rollout);
    await setTimeout(ASK_AGAIN_MS);
  }
}

/** Waits until nothing is at work for the rollout, and pauses it before that. */
export async function quiesceRollout(
  platform: PlatformClient,
  id: string,
  options: { json?: boolean },
): Promise<void> {
  const path = `/admin/rollouts/${encodeURIComponent(id)}`;
  let rollout = await platform.get<RolloutProgress>(path);
  if (rollout.status === 'running') rollout = await platform.post<RolloutProgress>(`${path}/pause`, {});
  while (rollout.targets.running > 0) {
    if (!options.json) process.stderr.write(`  … ${rollout.targets.running} stacks are still at work\n`);
    await setTimeout(ASK_AGAIN_MS);
    rollout = await platform.get<RolloutProgress>(path);
  }
}

function progressLine({ wave, waves, targets, earliest_end_at }: RolloutProgress): string {
  const left = earliest_end_at === null ? '' : `, ${minutesLeft(earliest_end_at - Date.now())} left at least`;
  return `  … wave ${wave} of ${waves.length}: ${describeCounts(targets)}${left}`;
}

function ended(rollout: RolloutProgress): RolloutProgress {
  const { status, targets, reason } = rollout;
  if (status === 'finished' && targets.failed === 0) return rollout;
  const why = reason ? ` ${reason.message}` : '';
  throw new CliError({
    message: `The rollout is ${status}: ${describeCounts(targets)}.${why}`,
    ...outcome(rollout),
  });
}

/** Why a rollout that is not under way is no success, and what to do about it. */
function outcome({ id, status, targets }: RolloutProgress): { code: string; next: string } {
  const failed = `See which failed: freehold rollouts targets ${id} --filter status=failed`;
  switch (status) {
    case 'planned':
      return { code: 'ROLLOUT_NOT_STARTED', next: `Start it: freehold rollouts start ${id}` };
    case 'finished':
      return {
        code: 'ROLLOUT_HAS_FAILURES',
        next: `${failed}\nMend the cause, then: freehold rollouts resume ${id}`,
      };
    case 'aborted':
      return {
        code: 'ROLLOUT_ABORTED',
        next: `Take back what it changed: freehold rollouts rollback ${id}`,
      };
    case 'rolled-back':
      return { code: 'ROLLOUT_ROLLED_BACK', next: 'See which one took it back: freehold rollouts list' };
    default:
      return {
        code: 'ROLLOUT_PAUSED',
        next:
          targets.failed > 0
            ? `${failed}\nThen: freehold rollouts resume ${id}, or freehold rollouts rollback ${id}`
            : `Go on: freehold rollouts resume ${id}`,
      };
  }
}
