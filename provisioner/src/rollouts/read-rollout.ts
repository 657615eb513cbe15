import * as z from 'zod';
import {
  type Rollout,
  type RolloutProgress,
  type TargetCounts,
  type TargetStatus,
  targetStatusSchema,
} from '#shared-schema/rollouts/rollout.ts';
import { leastTimeOf } from '../api-budget/budget-plan.ts';
import { settleTargets } from '../registry/rollout-targets.ts';
import { getRollout } from '../registry/rollouts.ts';

const rowSchema = z.object({ wave: z.int(), status: targetStatusSchema, count: z.int() });
const NONE: TargetCounts = { pending: 0, running: 0, done: 0, failed: 0, skipped: 0 };

/** A rollout with how far it has come. Error: `ROLLOUT_NOT_FOUND`. */
export async function readRollout(registry: D1Database, id: string, now: number): Promise<RolloutProgress> {
  const rollout = await getRollout(registry, id);
  const [, counts] = await registry.batch([
    settleTargets(registry, id, now),
    registry
      .prepare(
        `SELECT wave, status, COUNT(*) AS count FROM rollout_targets WHERE rollout_id = ? GROUP BY wave, status ORDER BY wave`,
      )
      .bind(id),
  ]);
  return progressOf(rollout, z.array(rowSchema).parse(counts?.results), now);
}

export interface TargetCount {
  readonly wave: number;
  readonly status: TargetStatus;
  readonly count: number;
}

/** The rollout with how far it has come by these counts, in the order of their waves. */
export function progressOf(rollout: Rollout, rows: readonly TargetCount[], now: number): RolloutProgress {
  const waves = [...new Set(rows.map(({ wave }) => wave))].map((wave) => ({
    wave,
    targets: countsOf(rows.filter((row) => row.wave === wave)),
  }));
  const targets = countsOf(rows);
  const left = targets.pending + targets.running;
  return {
    ...rollout,
    targets,
    waves,
    api_calls_left: left,
    earliest_end_at: earliestEnd(rollout, waves, now),
  };
}

function countsOf(rows: readonly TargetCount[]): TargetCounts {
  const counts = { ...NONE };
  for (const { status, count } of rows) counts[status] += count;
  return counts;
}

/** At the rate at which the fleet's lane gives tokens, one a target, and with the soak after each wave but the last. */
function earliestEnd({ plan, status }: Rollout, waves: RolloutProgress['waves'], now: number): number | null {
  const left = waves.map(({ targets }) => targets.pending + targets.running).filter((count) => count > 0);
  const isUnderWay = status === 'planned' || status === 'running' || status === 'paused';
  if (!isUnderWay || left.length === 0) return null;
  const calls = left.reduce((sum, count) => sum + count, 0);
  return now + leastTimeOf('fleet', calls) + (left.length - 1) * plan.soak_ms;
}
