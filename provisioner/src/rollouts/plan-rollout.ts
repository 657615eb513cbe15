import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { RolloutOrder, RolloutPlan, RolloutSelector } from '#shared-schema/rollouts/rollout.ts';
import { allOf, insertEvent, type SqlCondition } from '../registry/events.ts';
import { LATEST_RELEASE } from '../registry/latest-release.ts';
import { MAY_UPGRADE } from '../registry/rollout-targets.ts';

export interface RolloutPorts {
  readonly registry: D1Database;
  readonly now: () => number;
  readonly newId: () => string;
}

/**
 * Freezes a rollout's targets, wave by wave, and begins nothing: every stack that serves an account, is chosen, and does not
 * run the release. Answers the rollout's id. Errors: `RELEASE_NOT_FOUND`, `NO_RELEASE`, `ROLLOUT_EMPTY`.
 */
export async function planRollout(
  { registry, now, newId }: RolloutPorts,
  order: RolloutOrder,
  requestId: string,
): Promise<string> {
  const at = now();
  const id = newId();
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
  await registry.batch([
    registry
      .prepare(
        `INSERT INTO rollouts (id, release_id, previous_release_id, status, plan, available_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, 'planned', ?4, ?5, ?5, ?5)`,
      )
      .bind(id, release, previous, JSON.stringify(plan), at),
    // Stack ids end in random digits: their order is a draw, and the same each time.
    registry
      .prepare(
        `INSERT INTO rollout_targets (rollout_id, stack_id, account_id, wave, status, from_release_id, to_release_id, updated_at)
         SELECT ?, id, account_id, 1 + (SELECT COUNT(*) FROM json_each(?) WHERE (place - 1) * 100.0 >= ? * value),
           'pending', release_id, ?, ?
         FROM (SELECT id, account_id, release_id, ROW_NUMBER() OVER (ORDER BY substr(id, -12), id) AS place FROM (${chosen.sql}))
         WHERE place <= ?`,
      )
      .bind(id, JSON.stringify(plan.waves), total, release, at, ...chosen.params, total),
    insertEvent(registry, {
      ...{ id: newId(), at, actor: 'admin', action: 'rollout.planned', requestId, before: null },
      ...{ targetKind: 'rollout', targetId: id, after: { release_id: release, targets: total } },
    }),
  ]);
  return id;
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
