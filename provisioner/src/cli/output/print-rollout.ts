import type { RolloutProgress, TargetCounts } from '#shared-schema/rollouts/rollout.ts';
import { printPage, printRecord } from './print.ts';

/** Prints a rollout with its waves: what it is, how far it has come, what it takes still. */
export function printRollout(rollout: RolloutProgress, options: { json?: boolean }): void {
  if (options.json) {
    printRecord(rollout, options);
    return;
  }
  const { waves, targets, plan, reason, ...rest } = rollout;
  printRecord(
    {
      ...rest,
      reason: reason && `${reason.code}: ${reason.message}`,
      tolerance: plan.on_failure === 'continue' ? 'any' : `${plan.max_failures} failed`,
      concurrency: plan.concurrency,
      targets: describeCounts(targets),
    },
    options,
  );
  console.log('');
  const rows = waves.map((wave) => ({ wave: wave.wave, ...wave.targets }));
  printPage(
    { data: rows, next_cursor: null },
    ['wave', 'pending', 'running', 'done', 'failed', 'skipped'],
    {},
  );
  if (targets.failed > 0) {
    console.log(`\nWhich failed: freehold rollouts targets ${rollout.id} --filter status=failed`);
  }
}

const ORDER = ['done', 'failed', 'skipped', 'running', 'pending'] as const;

/** `98 done, 2 failed of 100`. */
export function describeCounts(counts: TargetCounts): string {
  const total = ORDER.reduce((sum, status) => sum + counts[status], 0);
  const parts = ORDER.filter((status) => status === 'done' || counts[status] > 0);
  return `${parts.map((status) => `${counts[status]} ${status}`).join(', ')} of ${total}`;
}
