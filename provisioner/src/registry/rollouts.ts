import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type Rollout, rolloutPlanSchema, rolloutSchema } from '#shared-schema/rollouts/rollout.ts';
import { ALWAYS, type SqlCondition } from './events.ts';
import { LATEST_RELEASE } from './latest-release.ts';
import { errorColumn } from './operation-rows.ts';

/** For how long a driver holds a rollout without a word: 30 seconds. It renews with every stack that it begins or ends. */
export const ROLLOUT_LEASE_MS = 30_000;

export const ROLLOUT_COLUMNS = Object.keys(rolloutSchema.shape).join(', ');

const json = z.string().transform((text): unknown => JSON.parse(text));
export const rolloutRowSchema = rolloutSchema.extend({
  plan: json.pipe(rolloutPlanSchema),
  reason: errorColumn,
});

const heldSchema = rolloutRowSchema.extend({ generation: z.int(), gate_at: z.int().nullable() });

/** A rollout that this driver holds. Every write that moves it carries the generation, and only the newest one writes. */
export type HeldRollout = z.infer<typeof heldSchema>;

/** Error: `ROLLOUT_NOT_FOUND`. */
export async function getRollout(registry: D1Database, id: string): Promise<Rollout> {
  const row = await registry.prepare(`SELECT ${ROLLOUT_COLUMNS} FROM rollouts WHERE id = ?`).bind(id).first();
  if (row === null) throw new PlatformError('ROLLOUT_NOT_FOUND');
  return rolloutRowSchema.parse(row);
}

/** The rollouts that have something to do now. */
export async function dueRollouts(registry: D1Database, now: number): Promise<string[]> {
  const { results } = await registry
    .prepare(`SELECT id FROM rollouts WHERE status = 'running' AND available_at <= ?`)
    .bind(now)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Takes a rollout that runs and that nobody holds. Null where there is nothing to do for this caller now. */
export async function claimRollout(
  registry: D1Database,
  id: string,
  now: number,
): Promise<HeldRollout | null> {
  const row = await registry
    .prepare(
      `UPDATE rollouts SET generation = generation + 1, available_at = ?2, updated_at = ?3
       WHERE id = ?1 AND status = 'running' AND available_at <= ?3 RETURNING ${ROLLOUT_COLUMNS}, generation, gate_at`,
    )
    .bind(id, now + ROLLOUT_LEASE_MS, now)
    .first();
  return row === null ? null : heldSchema.parse(row);
}

/** The rollout runs, and this driver holds it. */
export function isHeld({ id, generation }: HeldRollout): SqlCondition {
  return {
    sql: `EXISTS (SELECT 1 FROM rollouts WHERE id = ? AND generation = ? AND status = 'running')`,
    params: [id, generation],
  };
}

/** No more of its targets failed than may. */
export function isWithinTolerance({ id, plan }: Pick<Rollout, 'id' | 'plan'>): SqlCondition {
  if (plan.on_failure === 'continue') return ALWAYS;
  return {
    sql: `(SELECT COUNT(*) FROM rollout_targets WHERE rollout_id = ? AND status = 'failed') <= ?`,
    params: [id, plan.max_failures],
  };
}

/** The driver holds the rollout for another lease from now. */
export function renewRollout(
  registry: D1Database,
  held: HeldRollout,
  now: number,
  condition = ALWAYS,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE rollouts SET available_at = ?, updated_at = ?
       WHERE id = ? AND generation = ? AND status = 'running' AND ${condition.sql}`,
    )
    .bind(now + ROLLOUT_LEASE_MS, now, held.id, held.generation, ...condition.params);
}

/** What a held rollout becomes; whoever lost it changes nothing. */
export interface RolloutChange {
  readonly status?: 'paused' | 'finished';
  readonly reason?: { readonly code: string; readonly message: string };
  readonly wave?: number;
  readonly gateAt?: number | null;
  /** When a driver may take it up again. */
  readonly availableAt: number;
}

/** Ends this driver's hold with a change. The statement answers a row where it was still held. */
export function letGo(
  registry: D1Database,
  held: HeldRollout,
  change: RolloutChange,
  now: number,
): D1PreparedStatement {
  const { status = 'running', reason, wave = held.wave, availableAt } = change;
  const gateAt = change.gateAt === undefined ? held.gate_at : change.gateAt;
  return registry
    .prepare(
      `UPDATE rollouts SET status = ?, reason = ?, wave = ?, gate_at = ?, available_at = ?, finished_at = ?, updated_at = ?
       WHERE id = ? AND generation = ? AND status = 'running' RETURNING id`,
    )
    .bind(
      ...[status, reason ? JSON.stringify(reason) : null, wave, gateAt, availableAt],
      ...[status === 'finished' ? now : null, now, held.id, held.generation],
    );
}

/** New stacks get the release from now on, where the condition holds. */
export function makeCurrent(
  registry: D1Database,
  releaseId: string,
  now: number,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE releases SET current_since = MAX(?, (SELECT MAX(current_since) + 1 FROM releases))
       WHERE id = ? AND id <> ${LATEST_RELEASE} AND ${condition.sql}`,
    )
    .bind(now, releaseId, ...condition.params);
}
