import { type Fleet, fleetSchema } from '#shared-schema/rollouts/fleet.ts';
import { LATEST_RELEASE } from '../registry/latest-release.ts';
import { TARGETS_BY_STATUS } from '../registry/rollout-targets.ts';

/** How many rollouts are named. */
const ROLLOUTS = 5;

/** What the fleet runs and what failed, counted in the registry: it mirrors what each stack said last. */
export async function readFleet(registry: D1Database): Promise<Fleet> {
  const [current, releases, failures, rollouts] = await registry.batch([
    registry.prepare(`SELECT ${LATEST_RELEASE} AS id`),
    registry.prepare(
      `SELECT observed_release_id AS release_id, observed_schema_version AS schema_version, COUNT(*) AS stacks
       FROM stacks WHERE status = 'serving' GROUP BY 1, 2 ORDER BY stacks DESC`,
    ),
    registry.prepare(
      `SELECT rollout_id, (SELECT name FROM operation_steps WHERE operation_steps.operation_id = target.operation_id
         AND operation_steps.status = 'failed') AS step, error ->> '$.code' AS code, error ->> '$.message' AS message,
         COUNT(*) AS stacks
       FROM rollout_targets AS target ${TARGETS_BY_STATUS} WHERE status = 'failed'
       AND rollout_id = (SELECT id FROM rollouts WHERE status <> 'planned' ORDER BY id DESC LIMIT 1)
       GROUP BY 1, 2, 3, 4 ORDER BY stacks DESC`,
    ),
    registry.prepare(
      `SELECT id, release_id, status, created_at FROM rollouts ORDER BY id DESC LIMIT ${ROLLOUTS}`,
    ),
  ]);
  return fleetSchema.parse({
    current_release_id: Object(current?.results[0]).id ?? null,
    releases: releases?.results,
    failures: failures?.results,
    rollouts: rollouts?.results,
  });
}
