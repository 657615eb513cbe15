import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type {
  RolloutOrder,
  RolloutPlan,
  RolloutProgress,
  RolloutSelector,
} from '#shared-schema/rollouts/rollout.ts';
import { ALWAYS, allOf, insertEvent, type SqlCondition } from '../registry/events.ts';
import { LATEST_RELEASE } from '../registry/latest-release.ts';
import { MAY_UPGRADE } from '../registry/rollout-targets.ts';
import { progressOf } from './read-rollout.ts';

export interface RolloutPorts {
  readonly registry: D1Database;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What a plan is written with, in one transaction. */
export interface PlanGuard {
  readonly condition: SqlCondition;
  /** What is written besides where it was planned; each carries the given condition. */
  readonly alongside: (rollout: RolloutProgress, planned: SqlCondition) => readonly D1PreparedStatement[];
}

export interface PlanOutcome {
  readonly rollout: RolloutProgress;
  /** Whether it was written: the guard's condition held. */
  readonly planned: boolean;
}

const UNGUARDED: PlanGuard = { condition: ALWAYS, alongside: () => [] };

/**
 * Freezes a rollout's targets, wave by wave, and begins nothing: every stack that serves an account, is chosen, and does not
 * run the release. Errors: `RELEASE_NOT_FOUND`, `NO_RELEASE`, `ROLLOUT_EMPTY`.
 */
export async function planRollout(
  { registry, now, newId }: RolloutPorts,
  order: RolloutOrder,
  requestId: string,
  guard = UNGUARDED,
): Promise<PlanOutcome> {
  const at = now();
  const { release, previous } = await releasesOf(registry, order.release_id);
  const chosen = chosenStacks(order.selector, release);
  const count = await registry
    .prepare(`SELECT COUNT(*) AS total FROM (${chosen.sql})`)
    .bind(...chosen.params)
    .first<{ total: number }>();
  const total = shareOf(count?.total ?? 0, order.selector.percentage);
  if (total === 0) throw new PlatformError('ROLLOUT_EMPTY', { context: { release_id: release } });
  const { release_id: _, ...rest } = order;
  const plan: RolloutPlan = { ...rest, max_failures: maxFailures(order.tolerance, total) };
  // How many targets are done at the end of each wave.
  const reach = plan.waves.map((percentage) => Math.ceil((total * percentage) / 100));
  const rollout = plannedRollout({ id: newId(), release, previous, plan, at }, reach);
  const planned: SqlCondition = {
    sql: 'EXISTS (SELECT 1 FROM rollouts WHERE id = ?)',
    params: [rollout.id],
  };
  const [inserted] = await registry.batch([
    registry
      .prepare(
        `INSERT INTO rollouts (id, release_id, previous_release_id, status, plan, available_at, created_at, updated_at)
         SELECT ?, ?, ?, 'planned', ?, ?, ?, ? WHERE ${guard.condition.sql} RETURNING id`,
      )
      .bind(rollout.id, release, previous, JSON.stringify(plan), at, at, at, ...guard.condition.params),
    // Stack ids end in random digits: their order is a draw, and the same each time.
    registry
      .prepare(
        `INSERT INTO rollout_targets (rollout_id, stack_id, account_id, wave, status, from_release_id, to_release_id, updated_at)
         SELECT ?, id, account_id, 1 + (SELECT COUNT(*) FROM json_each(?) WHERE value < place), 'pending', release_id, ?, ?
         FROM (SELECT id, account_id, release_id, ROW_NUMBER() OVER (ORDER BY substr(id, -12), id) AS place FROM (${chosen.sql}))
         WHERE place <= ? AND ${planned.sql}`,
      )
      .bind(...[rollout.id, JSON.stringify(reach), release, at, ...chosen.params, total], ...planned.params),
    insertEvent(
      registry,
      {
        ...{ id: newId(), at, actor: 'admin', action: 'rollout.planned', requestId, before: null },
        ...{ targetKind: 'rollout', targetId: rollout.id, after: { release_id: release, targets: total } },
      },
      planned,
    ),
    ...guard.alongside(rollout, planned),
  ]);
  return { rollout, planned: inserted?.results.length === 1 };
}

interface Planned {
  readonly id: string;
  readonly release: string;
  readonly previous: string;
  readonly plan: RolloutPlan;
  readonly at: number;
}

function plannedRollout({ id, release, previous, plan, at }: Planned, reach: number[]): RolloutProgress {
  const counts = reach
    .map((done, position) => ({ wave: position + 1, count: done - (reach[position - 1] ?? 0) }))
    .filter(({ count }) => count > 0)
    .map((wave) => ({ ...wave, status: 'pending' as const }));
  const rollout = {
    ...{ id, release_id: release, previous_release_id: previous, undoes: null, status: 'planned' as const },
    ...{ plan, wave: 1, reason: null, created_at: at, started_at: null, finished_at: null },
  };
  return progressOf(rollout, counts, at);
}

async function releasesOf(registry: D1Database, wanted: string | undefined) {
  const row = await registry
    .prepare(
      `SELECT target.id AS release, COALESCE((SELECT id FROM releases WHERE id <> target.id ORDER BY current_since DESC, id DESC
         LIMIT 1), target.id) AS previous FROM releases AS target WHERE target.id = COALESCE(?, ${LATEST_RELEASE})`,
    )
    .bind(wanted ?? null)
    .first<{ release: string; previous: string }>();
  if (row) return row;
  throw wanted === undefined
    ? new PlatformError('NO_RELEASE')
    : new PlatformError('RELEASE_NOT_FOUND', { context: { release_id: wanted } });
}

function chosenStacks({ slugs, residency, tags }: RolloutSelector, release: string): SqlCondition {
  const { sql, params } = allOf(
    { sql: MAY_UPGRADE, params: [] },
    { sql: 'stacks.release_id <> ?', params: [release] },
    ...(slugs ? [among('accounts.slug', slugs)] : []),
    ...(residency ? [{ sql: 'stacks.residency = ?', params: [residency] }] : []),
    ...(tags ? [tagged(tags)] : []),
  );
  return {
    sql: `SELECT stacks.id, stacks.account_id, stacks.release_id FROM stacks JOIN accounts ON accounts.id = stacks.account_id
      WHERE ${sql}`,
    params,
  };
}

function among(column: string, values: readonly string[]): SqlCondition {
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(values)] };
}

function tagged(tags: readonly string[]): SqlCondition {
  const { sql, params } = among('tag', tags);
  return { sql: `stacks.account_id IN (SELECT account_id FROM account_tags WHERE ${sql})`, params };
}

function shareOf(total: number, percentage: number | undefined): number {
  return percentage === undefined ? total : Math.ceil((total * percentage) / 100);
}

function maxFailures(tolerance: string, total: number): number {
  const amount = Number.parseFloat(tolerance);
  return tolerance.endsWith('%') ? Math.floor((total * amount) / 100) : amount;
}
