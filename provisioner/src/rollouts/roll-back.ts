import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { RolloutPlan } from '#shared-schema/rollouts/rollout.ts';
import { insertEvent, type SqlCondition } from '../registry/events.ts';
import { MAY_UPGRADE } from '../registry/rollout-targets.ts';
import { getRollout, makeCurrent } from '../registry/rollouts.ts';
import { NO_OTHER_UNDER_WAY, rolloutRefusal } from './change-rollout.ts';
import type { RolloutPorts } from './plan-rollout.ts';

const FROM = ['paused', 'finished', 'aborted'] as const;

/** What the rollout brought its release to and that still runs it; those that failed after the upload among them. */
const CHANGED = `FROM rollout_targets AS target JOIN stacks ON stacks.id = target.stack_id
  JOIN accounts ON accounts.id = stacks.account_id
  WHERE target.rollout_id = ?1 AND target.status IN ('done', 'failed')
  AND stacks.release_id = target.to_release_id AND ${MAY_UPGRADE}`;

/**
 * Takes back what a rollout changed and nothing else: begins another that brings each of those stacks to the release that it
 * had before, in one wave, whatever fails. The schema stays: releases run on later ones. New stacks get the release before.
 * Answers the id of that rollout.
 *
 * Errors: `ROLLOUT_NOT_FOUND`; `ROLLOUT_STATUS_CONFLICT` where it runs, or stacks are still at work for it: pause it first;
 * `ROLLOUT_IN_PROGRESS`; `ROLLOUT_EMPTY` where it changed nothing that still is so.
 */
export async function rollBack(
  { registry, now, newId }: RolloutPorts,
  id: string,
  requestId: string,
): Promise<string> {
  const undone = await getRollout(registry, id);
  const at = now();
  const [rollbackId, eventId] = [newId(), newId()];
  const plan: RolloutPlan = {
    ...undone.plan,
    ...{ selector: {}, waves: [100], soak_ms: 0, on_failure: 'continue' },
  };
  const begun: SqlCondition = {
    sql: 'EXISTS (SELECT 1 FROM rollouts WHERE id = ? AND event_id = ?)',
    params: [id, eventId],
  };
  const [updated] = await registry.batch([
    registry
      .prepare(
        `UPDATE rollouts SET status = 'rolled-back', event_id = ?2, generation = generation + 1, finished_at = ?3, updated_at = ?3
         WHERE id = ?1 AND status IN (SELECT value FROM json_each(?4)) AND ${NO_OTHER_UNDER_WAY}
         AND NOT EXISTS (SELECT 1 FROM rollout_targets WHERE rollout_id = ?1 AND status = 'running')
         AND EXISTS (SELECT 1 ${CHANGED}) RETURNING id`,
      )
      .bind(id, eventId, at, JSON.stringify(FROM)),
    registry
      .prepare(
        `INSERT INTO rollouts (id, release_id, previous_release_id, undoes, status, plan, available_at, created_at, started_at,
           updated_at) SELECT ?, ?, ?, ?, 'running', ?, ?, ?, ?, ? WHERE ${begun.sql}`,
      )
      .bind(
        ...[rollbackId, undone.previous_release_id, undone.release_id, id, JSON.stringify(plan)],
        ...[at, at, at, at, ...begun.params],
      ),
    registry
      .prepare(
        `INSERT INTO rollout_targets (rollout_id, stack_id, account_id, wave, status, from_release_id, to_release_id, updated_at)
         SELECT ?2, target.stack_id, target.account_id, 1, 'pending', target.to_release_id, target.from_release_id, ?3 ${CHANGED}
         AND EXISTS (SELECT 1 FROM rollouts WHERE id = ?2)`,
      )
      .bind(id, rollbackId, at),
    makeCurrent(registry, undone.previous_release_id, at, begun),
    insertEvent(
      registry,
      {
        ...{ id: eventId, at, actor: 'admin', action: 'rollout.rollback', requestId },
        ...{ targetKind: 'rollout', targetId: id, before: { status: undone.status } },
        after: { status: 'rolled-back', rollback_id: rollbackId },
      },
      begun,
    ),
  ]);
  if (updated?.results.length === 1) return rollbackId;
  throw await refusal(registry, id);
}

async function refusal(registry: D1Database, id: string): Promise<PlatformError> {
  const { status } = await getRollout(registry, id);
  const refused = await rolloutRefusal(registry, id, FROM);
  if (refused.code === 'ROLLOUT_IN_PROGRESS' || !FROM.some((from) => from === status)) return refused;
  const running = await registry
    .prepare(`SELECT COUNT(*) AS count FROM rollout_targets WHERE rollout_id = ? AND status = 'running'`)
    .bind(id)
    .first<{ count: number }>();
  return running?.count
    ? new PlatformError('ROLLOUT_STATUS_CONFLICT', { context: { status, targets_at_work: running.count } })
    : new PlatformError('ROLLOUT_EMPTY');
}
