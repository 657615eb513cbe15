import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RolloutOrder } from '#shared-schema/rollouts/rollout.ts';
import { RELEASE_ID } from '#test/support/provisioning.ts';
import { FOR_A_WHILE, NEW, RolloutFleet } from '#test/support/rollout-fleet.ts';
import { advanceRollout, type RolloutDriverPorts } from './advance-rollout.ts';
import { changeRollout } from './change-rollout.ts';
import { readFleet } from './read-fleet.ts';
import { rollBack } from './roll-back.ts';

let fleet: RolloutFleet;

beforeEach(async () => {
  fleet = await RolloutFleet.start();
});
afterEach(() => fleet[Symbol.asyncDispose]());

describe('a rollout', () => {
  test('leaves out what is busy until it is free, and for good what is gone', async () => {
    const [busy, gone, third] = await fleet.accounts(3);
    const id = await fleet.started({ waves: [100] });
    await fleet.world.registry.batch([
      fleet.world.registry
        .prepare(
          `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
           VALUES ('busy', 'export', ?, ?, 'running', '{}', ?, 0, 0)`,
        )
        .bind(busy?.accountId, busy?.stackId, fleet.world.clock.now + FOR_A_WHILE),
      fleet.world.registry
        .prepare(`UPDATE accounts SET body = json_set(body, '$.status', 'deleting') WHERE id = ?`)
        .bind(gone?.accountId),
    ]);
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({
      status: 'running',
      targets: { pending: 1, skipped: 1, done: 1 },
    });
    if (third) expect(await fleet.runs(third)).toBe(NEW);
    await fleet.world.registry.prepare(`UPDATE operations SET status = 'succeeded' WHERE id = 'busy'`).run();
    fleet.world.clock.now += 15_000;
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { skipped: 1, done: 2 } });
  });

  test('is carried on by one of any number of drivers, and nothing is done twice', async () => {
    await fleet.accounts(5);
    const id = await fleet.started({ waves: [100] });
    await fleet.world.control.clearCalls();
    await Promise.all([fleet.advance(id), fleet.advance(id), fleet.advance(id)]);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 5 } });
    expect((await fleet.world.control.calls()).filter(({ on }) => on === 'api')).toHaveLength(5);
    const begun = await fleet.world.registry
      .prepare(`SELECT COUNT(*) AS count FROM operations WHERE kind = 'upgrade'`)
      .first();
    expect(begun).toEqual({ count: 5 });
  });

  test('begins nothing more once it is paused or aborted', async () => {
    await fleet.accounts(3);
    const id = await fleet.started({ waves: [100], concurrency: 1 });
    let paused: Promise<void> | undefined;
    const pausing: RolloutDriverPorts = {
      ...fleet.ports,
      releases: {
        async bundle(release) {
          paused ??= changeRollout(fleet.ports, id, 'pause', 'r');
          await paused;
          return fleet.ports.releases.bundle(release);
        },
      },
    };
    await advanceRollout(pausing, id, fleet.world.clock.now + FOR_A_WHILE);
    expect(await fleet.progress(id)).toMatchObject({
      status: 'paused',
      reason: null,
      targets: { done: 1, pending: 2 },
    });
    await changeRollout(fleet.ports, id, 'abort', 'r');
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'aborted', targets: { done: 1, pending: 2 } });
    expect((await readFleet(fleet.world.registry)).current_release_id).toBe(RELEASE_ID);
  });

  test('pauses after a wave whose stacks are not well', async () => {
    const made = await fleet.accounts(2);
    const id = await fleet.started({ waves: [50, 100], soak_ms: 1_000 });
    await fleet.advance(id);
    const { results } = await fleet.world.registry
      .prepare(`SELECT stack_id FROM rollout_targets WHERE status = 'done'`)
      .all<{ stack_id: string }>();
    const sick = made.find(({ stackId }) => stackId === results[0]?.stack_id);
    if (sick) await fleet.world.cloudflare.deleteAccountWorker('freehold', `fh-${sick.stackId}`);
    fleet.world.clock.now += 1_000;
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'paused', targets: { failed: 1, pending: 1 } });
  });

  test('is for those that are chosen', async () => {
    const [one, two, three] = await fleet.accounts(3);
    const slug = `a-${one?.accountId.slice(-12)}`;
    await fleet.world.registry
      .prepare(`INSERT INTO account_tags (account_id, tag) VALUES (?, 'pilot'), (?, 'late')`)
      .bind(two?.accountId, three?.accountId)
      .run();
    const chosen = async (selector: RolloutOrder['selector']) => {
      const id = await fleet.planned({ selector });
      const { results } = await fleet.world.registry
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
    await expect(fleet.planned({ selector: { tags: ['none'] } })).rejects.toMatchObject({
      code: 'ROLLOUT_EMPTY',
    });
    await expect(fleet.planned({ release_id: 'nothing' })).rejects.toMatchObject({
      code: 'RELEASE_NOT_FOUND',
    });
  });

  test('has no more under way than it may at once, though its time ends while they wait for their tokens', async () => {
    await fleet.accounts(5);
    const id = await fleet.started({ waves: [100], concurrency: 2 });
    const blocked = fleet.world.clock.now + 60_000;
    await fleet.world.registry.prepare(`INSERT INTO api_budget VALUES ('main', ?)`).bind(blocked).run();
    for (let run = 0; run < 3; run += 1) {
      await advanceRollout(fleet.ports, id, fleet.world.clock.now + 1_000);
      expect(await fleet.progress(id)).toMatchObject({ targets: { running: 2, pending: 3 } });
      fleet.world.clock.now += 1_000;
    }
    fleet.world.clock.now = blocked;
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 5 } });
  });

  test('is one at a time', async () => {
    await fleet.accounts(1);
    const [first, second] = [await fleet.started(), await fleet.planned()];
    await expect(changeRollout(fleet.ports, second, 'start', 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_IN_PROGRESS',
      context: { rollout_id: first },
    });
    await expect(rollBack(fleet.ports, first, 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_STATUS_CONFLICT',
    });
    await expect(changeRollout(fleet.ports, 'nothing', 'start', 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_NOT_FOUND',
    });
  });
});
