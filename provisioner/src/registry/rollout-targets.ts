import * as z from 'zod';
import { OPERATION_KINDS } from '../operations/operation-kinds.ts';
import { allOf, type SqlCondition } from './events.ts';
import { type HeldRollout, isHeld, isWithinTolerance } from './rollouts.ts';

/** A stack whose account had something else at work is looked at again after 15 seconds. */
export const BUSY_FOR_MS = 15_000;

/** Of a stack and its account: an upgrade may begin there, where nothing else is at work. */
export const MAY_UPGRADE = `stacks.status = 'serving'
  AND accounts.status IN (${OPERATION_KINDS.upgrade.from.map((status) => `'${status}'`).join(', ')})`;

const targetSchema = z.object({
  stack_id: z.string(),
  account_id: z.string(),
  from_release_id: z.string(),
  to_release_id: z.string(),
  operation_id: z.string().nullable(),
});
export type RolloutTargetRow = z.infer<typeof targetSchema>;

/** By itself SQLite takes the primary key, and reads all targets of the rollout for the few that have the status. */
export const TARGETS_BY_STATUS = 'INDEXED BY rollout_targets_by_status';

const flag = z.literal([0, 1]).transform((value) => value === 1);
const stateSchema = z.tuple([
  z.object({ pending: flag, next_at: z.int().nullable(), running: flag, later: flag }),
]);

const guardsSchema = z.tuple([z.object({ tolerated: z.int(), held: z.int() })]);

/** How the wave under way stands. */
export interface WaveState {
  /** Whether it has targets that have not begun, and when the first of them may. */
  readonly pending: boolean;
  readonly next_at: number | null;
  readonly running: boolean;
  /** Whether the waves after have targets. */
  readonly later: boolean;
  readonly withinTolerance: boolean;
  /** This driver holds the rollout, and it runs. */
  readonly isHeld: boolean;
}

/** The targets whose operations have ended are what those came to. Safe to repeat, by anybody. */
export function settleTargets(registry: D1Database, rolloutId: string, now: number): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE rollout_targets ${TARGETS_BY_STATUS}
       SET status = IIF(ended.status = 'succeeded', 'done', 'failed'), error = ended.error, updated_at = ?2
       FROM operations AS ended
       WHERE rollout_targets.rollout_id = ?1 AND rollout_targets.status IN ('running', 'failed')
       AND ended.id = rollout_targets.operation_id
       AND ended.status NOT IN ('pending', 'running')
       AND (rollout_targets.status = 'running' OR ended.status = 'succeeded' OR ended.error IS NOT rollout_targets.error)`,
    )
    .bind(rolloutId, now);
}

/** Settles what has ended, and tells how the wave stands. */
export async function readWave(registry: D1Database, held: HeldRollout, now: number): Promise<WaveState> {
  const [tolerated, stillHeld] = [isWithinTolerance(held), isHeld(held)];
  const [, state, guards] = await registry.batch([
    settleTargets(registry, held.id, now),
    registry
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM rollout_targets WHERE rollout_id = ?1 AND wave = ?2 AND status = 'pending') AS pending,
           (SELECT MIN(available_at) FROM rollout_targets WHERE rollout_id = ?1 AND wave = ?2 AND status = 'pending') AS next_at,
           EXISTS (SELECT 1 FROM rollout_targets WHERE rollout_id = ?1 AND status = 'running') AS running,
           EXISTS (SELECT 1 FROM rollout_targets WHERE rollout_id = ?1 AND wave > ?2 AND status = 'pending') AS later`,
      )
      .bind(held.id, held.wave),
    registry
      .prepare(`SELECT ${tolerated.sql} AS tolerated, ${stillHeld.sql} AS held`)
      .bind(...tolerated.params, ...stillHeld.params),
  ]);
  const [wave] = stateSchema.parse(state?.results);
  const [{ tolerated: isTolerated, held: isStillHeld }] = guardsSchema.parse(guards?.results);
  return { ...wave, withinTolerance: isTolerated === 1, isHeld: isStillHeld === 1 };
}

/** The targets that are at work, whoever began them, and the next that may begin. */
export async function nextTargets(
  registry: D1Database,
  held: HeldRollout,
  now: number,
  limit: number,
): Promise<RolloutTargetRow[]> {
  const columns = Object.keys(targetSchema.shape).join(', ');
  const [running, pending] = await registry.batch([
    registry
      .prepare(
        `SELECT ${columns} FROM rollout_targets ${TARGETS_BY_STATUS} WHERE rollout_id = ? AND status = 'running' LIMIT ?`,
      )
      .bind(held.id, limit),
    registry
      .prepare(
        `SELECT ${columns} FROM rollout_targets
         WHERE rollout_id = ? AND wave = ? AND status = 'pending' AND available_at <= ? LIMIT ?`,
      )
      .bind(held.id, held.wave, now, limit),
  ]);
  return [...(running?.results ?? []), ...(pending?.results ?? [])].map((row) => targetSchema.parse(row));
}

/** What must hold for a target to begin: it waits, its stack serves the account, and the rollout may go on. */
export function mayBegin(held: HeldRollout, { stack_id, account_id }: RolloutTargetRow): SqlCondition {
  return allOf(
    {
      sql: `EXISTS (SELECT 1 FROM rollout_targets WHERE rollout_id = ? AND stack_id = ? AND status = 'pending')`,
      params: [held.id, stack_id],
    },
    {
      sql: `EXISTS (SELECT 1 FROM stacks WHERE id = ? AND account_id = ? AND status = 'serving')`,
      params: [stack_id, account_id],
    },
    isHeld(held),
    isWithinTolerance(held),
  );
}

export function targetBegan(
  registry: D1Database,
  held: HeldRollout,
  { stack_id }: RolloutTargetRow,
  { operationId, now }: { readonly operationId: string; readonly now: number },
  begun: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE rollout_targets SET status = 'running', operation_id = ?, error = NULL, updated_at = ?
       WHERE rollout_id = ? AND stack_id = ? AND status = 'pending' AND ${begun.sql}`,
    )
    .bind(operationId, now, held.id, stack_id, ...begun.params);
}

/**
 * A target that could not begin: skipped where its stack serves no account that could be upgraded, put off where something
 * else is at work on it, as it was where the rollout may not go on.
 */
export async function putOffTarget(
  registry: D1Database,
  held: HeldRollout,
  { stack_id, account_id }: RolloutTargetRow,
  now: number,
): Promise<void> {
  const goesOn = allOf(isHeld(held), isWithinTolerance(held));
  await registry
    .prepare(
      `UPDATE rollout_targets SET available_at = ?, updated_at = ?, status = IIF(EXISTS (
         SELECT 1 FROM stacks JOIN accounts ON accounts.id = stacks.account_id
         WHERE stacks.id = ? AND stacks.account_id = ? AND ${MAY_UPGRADE}), 'pending', 'skipped')
       WHERE rollout_id = ? AND stack_id = ? AND status = 'pending' AND ${goesOn.sql}`,
    )
    .bind(now + BUSY_FOR_MS, now, stack_id, account_id, held.id, stack_id, ...goesOn.params)
    .run();
}

/** Some of the wave's stacks that are done, to be asked how they are. */
export async function doneTargets(
  registry: D1Database,
  held: HeldRollout,
  limit: number,
): Promise<readonly { readonly stack_id: string; readonly worker_name: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT stack_id, worker_name FROM rollout_targets JOIN stacks ON stacks.id = stack_id
       WHERE rollout_id = ? AND wave = ? AND rollout_targets.status = 'done'
       AND stacks.status = 'serving' AND stacks.release_id = to_release_id LIMIT ?`,
    )
    .bind(held.id, held.wave, limit)
    .all<{ stack_id: string; worker_name: string }>();
  return results;
}

/** A target that was done and is not well. */
export function targetUnwell(
  registry: D1Database,
  held: HeldRollout,
  stackId: string,
  error: { readonly code: string; readonly message: string },
  now: number,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE rollout_targets SET status = 'failed', error = ?, operation_id = NULL, updated_at = ?
       WHERE rollout_id = ? AND stack_id = ? AND status = 'done'`,
    )
    .bind(JSON.stringify(error), now, held.id, stackId);
}
