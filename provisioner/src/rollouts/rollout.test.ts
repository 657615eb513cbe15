import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { type RolloutOrder, rolloutOrderSchema } from '#shared-schema/rollouts/rollout.ts';
import {
  type ProvisionFacts,
  type Provisioning,
  RELEASE_ID,
  recordSignup,
  runToEnd,
  startProvisioning,
} from '#test/support/provisioning.ts';
import { advanceRollout, type RolloutDriverPorts } from './advance-rollout.ts';
import { changeRollout } from './change-rollout.ts';
import { planRollout } from './plan-rollout.ts';
import { readFleet } from './read-fleet.ts';
import { readRollout } from './read-rollout.ts';
import { rollBack } from './roll-back.ts';

const NEXT_RELEASE = 'fedcba9876543210';
/** Breaks where an account has a group, which has no title. */
const MIGRATION = {
  name: '0900_create_notes.sql',
  sql: `CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL) STRICT;
INSERT INTO notes SELECT id, body ->> '$.title' FROM groups;`,
  checksum: '0'.repeat(64),
};
const FOR_A_WHILE = 60 * 60_000;

let world: Provisioning;
let ports: RolloutDriverPorts;

beforeEach(async () => {
  world = await startProvisioning();
  const bundle = await world.ports.releases.bundle(RELEASE_ID);
  const next: ReleaseBundle = {
    ...bundle,
    schema_version: 900,
    migrations: [...bundle.migrations, MIGRATION],
  };
  ports = {
    ...world.ports,
    releases: { bundle: async (id) => (id === NEXT_RELEASE ? next : bundle) },
    wait: async (ms) => {
      world.clock.now += ms;
    },
  };
  await world.registry
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 900, 0, 1)')
    .bind(NEXT_RELEASE)
    .run();
});

afterEach(() => world[Symbol.asyncDispose]());

async function accounts(count: number): Promise<ProvisionFacts[]> {
  const made = await Promise.all(Array.from({ length: count }, () => recordSignup(world)));
  await Promise.all(made.map(({ operationId }) => runToEnd(world, operationId)));
  return made;
}

function order(options: Partial<RolloutOrder> = {}): RolloutOrder {
  return { ...rolloutOrderSchema.parse({}), release_id: NEXT_RELEASE, ...options };
}

async function started(options: Partial<RolloutOrder> = {}): Promise<string> {
  const id = await planRollout(ports, order(options), 'r');
  await changeRollout(ports, id, 'start', 'r');
  return id;
}

const advance = (id: string) => advanceRollout(ports, id, world.clock.now + FOR_A_WHILE);
const progress = (id: string) => readRollout(world.registry, id, world.clock.now);

async function databaseOf({ stackId }: ProvisionFacts): Promise<string> {
  const row = await world.registry
    .prepare('SELECT database_id FROM stacks WHERE id = ?')
    .bind(stackId)
    .first<{ database_id: string }>();
  return row?.database_id ?? '';
}

async function poison(account: ProvisionFacts): Promise<void> {
  await world.cloudflare.queryDatabase(await databaseOf(account), [
    `INSERT INTO groups (id, body, version, account_id, created_at, created_by, updated_at, updated_by)
     VALUES ('g', '{"name":"Poison"}', 1, '${account.accountId}', 0, 'u', 0, 'u')`,
  ]);
}

async function mend(account: ProvisionFacts): Promise<void> {
  await world.cloudflare.queryDatabase(await databaseOf(account), ['DELETE FROM groups']);
}

async function runs({ stackId }: ProvisionFacts): Promise<string> {
  const { release_id, schema_version } = await ports.accountWorkers.health({
    stackId,
    workerName: `fh-${stackId}`,
  });
  return `${release_id} ${schema_version}`;
}

const OLD = /^0123456789abcdef (?!900)\d+$/;
const NEW = `${NEXT_RELEASE} 900`;

describe('a rollout', () => {
  test('brings every stack to its release, wave by wave, with one API call each and none for the schema', async () => {
    const made = await accounts(5);
    const id = await planRollout(ports, order({ waves: [20, 60, 100], soak_ms: 60_000 }), 'r');
    expect(await progress(id)).toMatchObject({
      status: 'planned',
      api_calls_left: 5,
      earliest_end_at: world.clock.now + 5_000 + 2 * 60_000,
      waves: [{ targets: { pending: 1 } }, { targets: { pending: 2 } }, { targets: { pending: 2 } }],
    });
    await advance(id);
    expect((await progress(id)).targets.pending).toBe(5);

    await changeRollout(ports, id, 'start', 'r');
    await world.control.clearCalls();
    await advance(id);
    expect(await progress(id)).toMatchObject({
      status: 'running',
      wave: 1,
      targets: { done: 1, pending: 4 },
    });
    await advance(id);
    expect((await progress(id)).targets.done).toBe(1);

    for (let wave = 2; wave <= 3; wave += 1) {
      world.clock.now += 60_000;
      await advance(id);
      await advance(id);
      expect((await progress(id)).targets.done).toBe(wave * 2 - 1);
    }
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { done: 5 }, api_calls_left: 0 });
    for (const account of made) expect(await runs(account)).toBe(NEW);
    const calls = (await world.control.calls()).filter(({ on }) => on === 'api');
    expect(calls).toHaveLength(5);
    expect(await readFleet(world.registry)).toMatchObject({
      current_release_id: NEXT_RELEASE,
      releases: [{ release_id: NEXT_RELEASE, schema_version: 900, stacks: 5 }],
      failures: [],
    });
  });

  test('records the time and the bookmark from before the schema changed', async () => {
    const [account] = await accounts(1);
    const id = await started();
    await advance(id);
    const event = await world.registry
      .prepare(`SELECT after FROM events WHERE action = 'upgrade.succeeded' AND target_id = ?`)
      .bind(account?.accountId)
      .first<{ after: string }>();
    expect(JSON.parse(event?.after ?? '')).toMatchObject({
      bookmark_before: expect.stringMatching(/^[0-9a-f-]{20,}$/),
      schema_changed_at: world.clock.now,
      previous_release_id: RELEASE_ID,
      release_id: NEXT_RELEASE,
    });
  });

  test('pauses past its tolerance; what failed is named and serves its old release, and is brought on after it was mended', async () => {
    const made = await accounts(6);
    const [first, second, third] = made;
    for (const account of made.slice(0, 3)) await poison(account);
    const id = await started({ waves: [100], tolerance: '1', concurrency: 1 });
    await advance(id);
    const paused = await progress(id);
    expect(paused).toMatchObject({ status: 'paused', reason: { code: 'ROLLOUT_TOLERANCE_EXCEEDED' } });
    expect(paused.targets.failed).toBe(2);
    const failed = await world.registry
      .prepare(
        `SELECT stack_id, step, error ->> '$.code' AS code FROM rollout_target_details WHERE status = 'failed'`,
      )
      .all();
    expect(failed.results).toEqual(
      failed.results.map(() => ({
        stack_id: expect.any(String),
        step: 'advance-schema',
        code: 'MIGRATION_FAILED',
      })),
    );
    for (const account of [first, second, third]) if (account) expect(await runs(account)).toMatch(OLD);

    for (const account of made.slice(0, 3)) await mend(account);
    await world.control.clearCalls();
    await changeRollout(ports, id, 'resume', 'r');
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { done: 6, failed: 0 } });
    for (const account of made) expect(await runs(account)).toBe(NEW);
    const calls = (await world.control.calls()).filter(({ on }) => on === 'api');
    expect(calls).toHaveLength(6 - paused.targets.done);
  });

  test('goes on past failures where it was told to, and heals them when it is resumed', async () => {
    const made = await accounts(4);
    const [poisoned] = made;
    if (poisoned) await poison(poisoned);
    const id = await started({ waves: [100], on_failure: 'continue' });
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { done: 3, failed: 1 } });
    expect(await readFleet(world.registry)).toMatchObject({
      releases: [{ stacks: 3 }, { release_id: RELEASE_ID, stacks: 1 }],
      failures: [{ rollout_id: id, step: 'advance-schema', code: 'MIGRATION_FAILED', stacks: 1 }],
    });
    if (poisoned) await mend(poisoned);
    await changeRollout(ports, id, 'resume', 'r');
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { done: 4, failed: 0 } });
    await expect(changeRollout(ports, id, 'resume', 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_STATUS_CONFLICT',
    });
  });

  test('is rolled back: what it changed goes back, new stacks too, and nothing else moves', async () => {
    const made = await accounts(4);
    const [poisoned] = made;
    if (poisoned) await poison(poisoned);
    const id = await started({ waves: [100], tolerance: '3' });
    await advance(id);
    const rollback = await rollBack(ports, id, 'r');
    await world.control.clearCalls();
    await advance(rollback);
    expect(await progress(rollback)).toMatchObject({ status: 'finished', undoes: id, targets: { done: 3 } });
    expect(await progress(id)).toMatchObject({ status: 'rolled-back' });
    for (const account of made.slice(1)) expect(await runs(account)).toBe(`${RELEASE_ID} 900`);
    expect((await world.control.calls()).filter(({ on }) => on === 'api')).toHaveLength(3);
    expect((await readFleet(world.registry)).current_release_id).toBe(RELEASE_ID);
    await expect(rollBack(ports, id, 'r')).rejects.toMatchObject({ code: 'ROLLOUT_STATUS_CONFLICT' });
  });

  test('leaves out what is busy until it is free, and for good what is gone', async () => {
    const [busy, gone, third] = await accounts(3);
    const id = await started({ waves: [100] });
    await world.registry.batch([
      world.registry
        .prepare(
          `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
           VALUES ('busy', 'export', ?, ?, 'running', '{}', ?, 0, 0)`,
        )
        .bind(busy?.accountId, busy?.stackId, world.clock.now + FOR_A_WHILE),
      world.registry
        .prepare(`UPDATE accounts SET body = json_set(body, '$.status', 'deleting') WHERE id = ?`)
        .bind(gone?.accountId),
    ]);
    await advance(id);
    expect(await progress(id)).toMatchObject({
      status: 'running',
      targets: { pending: 1, skipped: 1, done: 1 },
    });
    if (third) expect(await runs(third)).toBe(NEW);
    await world.registry.prepare(`UPDATE operations SET status = 'succeeded' WHERE id = 'busy'`).run();
    world.clock.now += 15_000;
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { skipped: 1, done: 2 } });
  });

  test('is carried on by one of any number of drivers, and nothing is done twice', async () => {
    await accounts(5);
    const id = await started({ waves: [100] });
    await world.control.clearCalls();
    await Promise.all([advance(id), advance(id), advance(id)]);
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { done: 5 } });
    expect((await world.control.calls()).filter(({ on }) => on === 'api')).toHaveLength(5);
    const begun = await world.registry
      .prepare(`SELECT COUNT(*) AS count FROM operations WHERE kind = 'upgrade'`)
      .first();
    expect(begun).toEqual({ count: 5 });
  });

  test('begins nothing more once it is paused or aborted', async () => {
    await accounts(3);
    const id = await started({ waves: [100], concurrency: 1 });
    let paused: Promise<void> | undefined;
    const pausing: RolloutDriverPorts = {
      ...ports,
      releases: {
        async bundle(release) {
          paused ??= changeRollout(ports, id, 'pause', 'r');
          await paused;
          return ports.releases.bundle(release);
        },
      },
    };
    await advanceRollout(pausing, id, world.clock.now + FOR_A_WHILE);
    expect(await progress(id)).toMatchObject({
      status: 'paused',
      reason: null,
      targets: { done: 1, pending: 2 },
    });
    await changeRollout(ports, id, 'abort', 'r');
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'aborted', targets: { done: 1, pending: 2 } });
    expect((await readFleet(world.registry)).current_release_id).toBe(RELEASE_ID);
  });

  test('pauses after a wave whose stacks are not well', async () => {
    const made = await accounts(2);
    const id = await started({ waves: [50, 100], soak_ms: 1_000 });
    await advance(id);
    const { results } = await world.registry
      .prepare(`SELECT stack_id FROM rollout_targets WHERE status = 'done'`)
      .all<{ stack_id: string }>();
    const sick = made.find(({ stackId }) => stackId === results[0]?.stack_id);
    if (sick) await world.cloudflare.deleteAccountWorker('freehold', `fh-${sick.stackId}`);
    world.clock.now += 1_000;
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'paused', targets: { failed: 1, pending: 1 } });
  });

  test('is for those that are chosen', async () => {
    const [one, two, three] = await accounts(3);
    const slug = `a-${one?.accountId.slice(-12)}`;
    await world.registry
      .prepare(`INSERT INTO account_tags (account_id, tag) VALUES (?, 'pilot'), (?, 'late')`)
      .bind(two?.accountId, three?.accountId)
      .run();
    const chosen = async (selector: RolloutOrder['selector']) => {
      const id = await planRollout(ports, order({ selector }), 'r');
      const { results } = await world.registry
        .prepare('SELECT account_id FROM rollout_targets WHERE rollout_id = ?')
        .bind(id)
        .all<{ account_id: string }>();
      return results.map(({ account_id }) => account_id).sort();
    };
    expect(await chosen({ slugs: [slug] })).toEqual([one?.accountId]);
    expect(await chosen({ tags: ['pilot'] })).toEqual([two?.accountId]);
    expect(await chosen({ residency: 'eu' })).toHaveLength(3);
    expect(await chosen({ percentage: 34 })).toHaveLength(2);
    expect(await chosen({ percentage: 34 })).toEqual(await chosen({ percentage: 34 }));
    await expect(planRollout(ports, order({ selector: { tags: ['none'] } }), 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_EMPTY',
    });
    await expect(planRollout(ports, order({ release_id: 'nothing' }), 'r')).rejects.toMatchObject({
      code: 'RELEASE_NOT_FOUND',
    });
  });

  test('has no more under way than it may at once, though its time ends while they wait for their tokens', async () => {
    await accounts(5);
    const id = await started({ waves: [100], concurrency: 2 });
    const blocked = world.clock.now + 60_000;
    await world.registry.prepare(`INSERT INTO api_budget VALUES ('main', ?)`).bind(blocked).run();
    for (let run = 0; run < 3; run += 1) {
      await advanceRollout(ports, id, world.clock.now + 1_000);
      expect(await progress(id)).toMatchObject({ targets: { running: 2, pending: 3 } });
      world.clock.now += 1_000;
    }
    world.clock.now = blocked;
    await advance(id);
    expect(await progress(id)).toMatchObject({ status: 'finished', targets: { done: 5 } });
  });

  test('is one at a time', async () => {
    await accounts(1);
    const [first, second] = [await started(), await planRollout(ports, order(), 'r')];
    await expect(changeRollout(ports, second, 'start', 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_IN_PROGRESS',
      context: { rollout_id: first },
    });
    await expect(rollBack(ports, first, 'r')).rejects.toMatchObject({ code: 'ROLLOUT_STATUS_CONFLICT' });
    await expect(changeRollout(ports, 'nothing', 'start', 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_NOT_FOUND',
    });
  });
});
