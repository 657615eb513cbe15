import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Rollout, RolloutStatus } from '#shared-schema/rollouts/rollout.ts';
import { insertEvent, type SqlCondition } from '../registry/events.ts';
import { getRollout, makeCurrent } from '../registry/rollouts.ts';
import type { RolloutPorts } from './plan-rollout.ts';

/** What an operator may do with a rollout: from which statuses, what it becomes, and what must hold besides. */
const VERBS = {
  start: { from: ['planned'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused', 'finished'], to: 'running' },
  abort: { from: ['planned', 'running', 'paused'], to: 'aborted' },
} as const satisfies Readonly<
  Record<string, { readonly from: readonly RolloutStatus[]; readonly to: RolloutStatus }>
>;

export type RolloutVerb = keyof typeof VERBS;

/** No other rollout is under way. */
export const NO_OTHER_UNDER_WAY = `NOT EXISTS (SELECT 1 FROM rollouts AS other
  WHERE other.id <> rollouts.id AND other.status IN ('running', 'paused'))`;

/** A rollout that has ended is resumed only for targets that failed. */
const HAS_WORK = `(rollouts.status <> 'finished' OR EXISTS (SELECT 1 FROM rollout_targets
  WHERE rollout_id = rollouts.id AND status = 'failed'))`;

/**
 * Starts, pauses, resumes or aborts a rollout. What is at work on a stack goes on to its end. A start makes the release what
 * new stacks get, an abort the one before. A resumed rollout tries the targets that failed again, and none that is done.
 *
 * Errors: `ROLLOUT_NOT_FOUND`, `ROLLOUT_STATUS_CONFLICT`; `ROLLOUT_IN_PROGRESS` where another is under way.
 */
export async function changeRollout(
  { registry, now, newId }: RolloutPorts,
  id: string,
  verb: RolloutVerb,
  requestId: string,
): Promise<void> {
  const { from, to } = VERBS[verb];
  const before = await getRollout(registry, id);
  const at = now();
  const eventId = newId();
  const changed: SqlCondition = {
    sql: 'EXISTS (SELECT 1 FROM rollouts WHERE id = ? AND event_id = ?)',
    params: [id, eventId],
  };
  const [updated] = await registry.batch([
    registry
      .prepare(
        `UPDATE rollouts SET status = ?1, event_id = ?2, generation = generation + 1, reason = NULL, available_at = ?3,
           updated_at = ?3, finished_at = IIF(?1 = 'aborted', ?3, NULL),
           started_at = IIF(?1 = 'running', COALESCE(started_at, ?3), started_at)
         WHERE id = ?4 AND status IN (SELECT value FROM json_each(?5)) AND ${HAS_WORK}
         AND (?1 <> 'running' OR ${NO_OTHER_UNDER_WAY}) RETURNING id`,
      )
      .bind(to, eventId, at, id, JSON.stringify(from)),
    ...consequences(registry, before, verb, at, changed),
    insertEvent(
      registry,
      {
        ...{ id: eventId, at, actor: 'admin', action: `rollout.${verb}`, requestId },
        ...{ targetKind: 'rollout', targetId: id, before: { status: before.status }, after: { status: to } },
      },
      changed,
    ),
  ]);
  if (updated?.results.length !== 1) throw await rolloutRefusal(registry, id, from);
}

function consequences(
  registry: D1Database,
  { id, release_id, previous_release_id }: Rollout,
  verb: RolloutVerb,
  at: number,
  changed: SqlCondition,
): D1PreparedStatement[] {
  if (verb === 'start') return [makeCurrent(registry, release_id, at, changed)];
  if (verb === 'abort') return [makeCurrent(registry, previous_release_id, at, changed)];
  return verb === 'resume' ? tryFailedAgain(registry, id, at, changed) : [];
}

function tryFailedAgain(registry: D1Database, id: string, at: number, changed: SqlCondition) {
  return [
    registry
      .prepare(
        `UPDATE rollout_targets SET status = 'pending', operation_id = NULL, error = NULL, available_at = 0, updated_at = ?
         WHERE rollout_id = ? AND status = 'failed' AND ${changed.sql}`,
      )
      .bind(at, id, ...changed.params),
    // It goes on with the first wave that has something left, and judges that one at its end.
    registry
      .prepare(
        `UPDATE rollouts SET gate_at = NULL, wave = COALESCE((SELECT MIN(wave) FROM rollout_targets
           WHERE rollout_id = rollouts.id AND status IN ('pending', 'running')), wave)
         WHERE id = ? AND ${changed.sql}`,
      )
      .bind(id, ...changed.params),
  ];
}

/** Why a rollout could not become what was asked for. */
export async function rolloutRefusal(
  registry: D1Database,
  id: string,
  allowed: readonly RolloutStatus[],
): Promise<PlatformError> {
  const { status } = await getRollout(registry, id);
  const other = await registry
    .prepare(`SELECT id FROM rollouts WHERE id <> ? AND status IN ('running', 'paused')`)
    .bind(id)
    .first<{ id: string }>();
  if (allowed.includes(status) && other) {
    return new PlatformError('ROLLOUT_IN_PROGRESS', { context: { rollout_id: other.id } });
  }
  return new PlatformError('ROLLOUT_STATUS_CONFLICT', { context: { status, allowed } });
}
