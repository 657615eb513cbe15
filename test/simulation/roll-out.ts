import { changeRollout, type RolloutVerb } from '#provisioner/rollouts/change-rollout.ts';
import { planRollout } from '#provisioner/rollouts/plan-rollout.ts';
import { rolloutOrderSchema } from '#shared-schema/rollouts/rollout.ts';
import { pick } from './fault-plan.ts';
import type { World } from './world.ts';

/** What an operator who was not answered, or whose rollout paused, waits before the next order. */
const LATER_MS = 10 * 60_000;

/**
 * Takes a release to the accounts by a rollout, which the controllers carry on. It is resumed until all of them have it: a
 * Worker that is out of reach for long enough has its release put back.
 */
export async function rollOut(world: World, slugs: readonly string[], releaseId: string): Promise<void> {
  if (areThere(world, slugs, releaseId)) return;
  const order = rolloutOrderSchema.parse({
    ...{ release_id: releaseId, selector: { slugs }, soak_ms: pick(world.random, [0, 90_000]) },
    ...{ waves: pick(world.random, [[100], [34, 100]]), concurrency: pick(world.random, [1, 3]) },
    tolerance: pick(world.random, ['0', '1']),
  });
  const { rollout } = await world.persist('admin-plan', (driver) =>
    planRollout(world.ports(driver), order, 'an-order'),
  );
  const { id } = rollout;
  await change(world, id, 'start', () => statusOf(world, id) === 'planned');
  const isToResume = () =>
    statusOf(world, id) === 'paused' || (statusOf(world, id) === 'finished' && failed(world, id) > 0);
  while (statusOf(world, id) !== 'finished' || failed(world, id) > 0) {
    await world.time.sleep(30_000);
    if (!isToResume()) continue;
    await world.time.sleep(LATER_MS);
    await change(world, id, 'resume', isToResume);
  }
}

/** Until it is seen not to be due any more, whatever became of the answers. Another rollout may be under way for long. */
async function change(world: World, id: string, verb: RolloutVerb, isDue: () => boolean): Promise<void> {
  await world.persist(`admin-${verb}`, async (driver) => {
    if (isDue()) await changeRollout(world.ports(driver), id, verb, 'an-order');
  });
}

function statusOf(world: World, id: string): unknown {
  return world.registry.rows('SELECT status FROM rollouts WHERE id = ?', id)[0]?.status;
}

function failed(world: World, id: string): number {
  const sql = `SELECT COUNT(*) AS n FROM rollout_targets WHERE rollout_id = ? AND status = 'failed'`;
  return Number(world.registry.rows(sql, id)[0]?.n);
}

/** Whether none of the accounts is to be brought to the release: they were made with it. */
function areThere(world: World, slugs: readonly string[], releaseId: string): boolean {
  const rows = world.registry.rows(
    `SELECT 1 FROM stacks JOIN accounts ON accounts.id = account_id WHERE stacks.status = 'serving'
     AND slug IN (SELECT value FROM json_each(?)) AND release_id <> ?`,
    ...[JSON.stringify(slugs), releaseId],
  );
  return rows.length === 0;
}
