import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { rolloutOrderSchema } from '#shared-schema/rollouts/rollout.ts';
import { modelFleet } from '#test/support/model-fleet.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { rowsReadOf } from '#test/support/rows-read.ts';
import { beginOperation } from '../registry/begin-operation.ts';
import { newOperation } from '../registry/insert-operation.ts';
import { mayBegin, nextTargets, readWave, settleTargets, targetBegan } from '../registry/rollout-targets.ts';
import { claimRollout, type HeldRollout, renewRollout } from '../registry/rollouts.ts';
import { ReleaseStore } from '../releases/release-store.ts';
import { changeRollout } from './change-rollout.ts';
import { planRollout } from './plan-rollout.ts';
import { readFleet } from './read-fleet.ts';
import { readRollout } from './read-rollout.ts';

const STACKS = 5_000;
const FAILED = 50;
const NOW = 1_800_000_000_000;
const ERROR = '{"code":"MIGRATION_FAILED","message":"A migration failed."}';
const LATER = 'fedcba9876543210';
/** Read for a stack at each of its turns, whatever the size of the rollout: those at work and those that failed. */
const A_FEW = 5 * FAILED;

let plain: D1Database;
let stop: () => Promise<void>;
let bundle: ReleaseBundle;
let held: HeldRollout;

/** A rollout to 5,000 stacks half way: 2,000 done, 50 failed, 20 at work, the others still to come. */
beforeAll(async () => {
  ({ registry: plain, stop } = await startRegistry());
  bundle = await buildRelease();
  await modelFleet(plain, { stacks: STACKS, clock: { now: NOW }, bundle });
  await plain
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 10, 0, 1)')
    .bind(LATER)
    .run();
  const ports = { registry: plain, now: () => NOW, newId: () => uuidV7() };
  const order = rolloutOrderSchema.parse({ release_id: LATER, waves: [100], tolerance: '2%' });
  const { id } = (await planRollout(ports, order, 'r')).rollout;
  await changeRollout(ports, id, 'start', 'r');
  await plain.batch([
    // Every target that has begun has its upgrade, and every other stack its provisioning.
    plain.prepare(`INSERT INTO operations (id, kind, account_id, stack_id, status, input, error, available_at, created_at, updated_at)
      SELECT 'o-' || id, 'upgrade', account_id, id, 'succeeded', '{}', NULL, 0, 0, 0 FROM stacks`),
    plain.prepare(`UPDATE rollout_targets SET status = 'done', operation_id = 'o-' || stack_id
      WHERE stack_id IN (SELECT stack_id FROM rollout_targets ORDER BY stack_id LIMIT 2000)`),
    plain.prepare(`UPDATE rollout_targets SET status = 'failed', operation_id = 'o-' || stack_id,
      error = '${ERROR}'
      WHERE stack_id IN (SELECT stack_id FROM rollout_targets WHERE status = 'pending' ORDER BY stack_id LIMIT ${FAILED})`),
    plain.prepare(`UPDATE rollout_targets SET status = 'running', operation_id = 'o-' || stack_id
      WHERE stack_id IN (SELECT stack_id FROM rollout_targets WHERE status = 'pending' ORDER BY stack_id LIMIT 20)`),
    plain.prepare(`UPDATE operations SET status = 'failed', error = '${ERROR}'
      WHERE id IN (SELECT operation_id FROM rollout_targets WHERE status = 'failed')`),
    plain.prepare(`UPDATE operations SET status = 'running'
      WHERE id IN (SELECT operation_id FROM rollout_targets WHERE status = 'running')`),
    plain.prepare(`INSERT INTO operation_steps (operation_id, position, name, status)
      SELECT id, 0, 'advance-schema', status FROM operations`),
  ]);
  const claimed = await claimRollout(plain, id, NOW);
  held = claimed ?? expect.fail('the rollout runs');
}, 60_000);
afterAll(() => stop());

/** How many rows the work read. */
async function cost(work: (registry: D1Database) => Promise<unknown>): Promise<number> {
  const { registry, rowsRead } = rowsReadOf(plain);
  await work(registry);
  return rowsRead.reduce((sum, rows) => sum + rows, 0);
}

test('what a rollout reads for each of its stacks does not grow with their number', async () => {
  const [target] = (await nextTargets(plain, held, NOW, 100)).filter(({ operation_id }) => !operation_id);
  if (!target) expect.fail('one is to come');
  const operation = newOperation({ id: uuidV7(), kind: 'upgrade', accountId: target.account_id, now: NOW });
  const rows = {
    'the next targets': await cost((registry) => nextTargets(registry, held, NOW, 100)),
    'how the wave stands': await cost((registry) => readWave(registry, held, NOW)),
    'a stack begins': await cost((registry) =>
      beginOperation(registry, {
        operation: { ...operation, account_id: target.account_id },
        input: {},
        event: {
          ...{ id: uuidV7(), at: NOW, actor: 'rollout', action: 'upgrade.began', requestId: null },
          ...{ targetKind: 'account', targetId: target.account_id, before: null, after: null },
        },
        condition: mayBegin(held, target),
        alongside: (begun) => [
          targetBegan(registry, held, target, { operationId: operation.id, now: NOW }, begun),
          renewRollout(registry, held, NOW, begun),
        ],
      }),
    ),
    'a stack ends': await cost((registry) =>
      registry.batch([settleTargets(registry, held.id, NOW), renewRollout(registry, held, NOW)]),
    ),
  };
  console.log(`rows read: ${JSON.stringify(rows)}`);
  for (const [name, read] of Object.entries(rows)) expect(read, name).toBeLessThan(A_FEW);
});

test('how a fleet, a rollout and a release of 5,000 stacks stand is read from indexes alone, a row for each stack', async () => {
  const bucket = { get: async () => ({ json: async () => bundle }) } as unknown as R2Bucket; // what a bundle takes
  const release = held.previous_release_id;
  const rows = {
    'GET /admin/fleet': await cost((registry) => readFleet(registry)),
    'GET /admin/rollouts/<id>': await cost((registry) => readRollout(registry, held.id, NOW)),
    'GET /admin/releases/<id>': await cost((registry) => new ReleaseStore(registry, bucket).detail(release)),
  };
  console.log(`rows read: ${JSON.stringify(rows)}`);
  // Each stack once, from an index that holds all that is told of it.
  for (const [name, read] of Object.entries(rows)) expect(read, name).toBeLessThan(STACKS + A_FEW);
});
