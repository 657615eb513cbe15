import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELEASE_ID } from '#test/support/provisioning.ts';
import { NEW, NEXT_RELEASE, OLD, RolloutFleet, rolloutOrder } from '#test/support/rollout-fleet.ts';
import { changeRollout } from './change-rollout.ts';
import { planRollout } from './plan-rollout.ts';
import { readFleet } from './read-fleet.ts';
import { rollBack } from './roll-back.ts';

let fleet: RolloutFleet;

beforeEach(async () => {
  fleet = await RolloutFleet.start();
});
afterEach(() => fleet[Symbol.asyncDispose]());

describe('a rollout', () => {
  test('brings every stack to its release, wave by wave, with one API call each and none for the schema', async () => {
    const made = await fleet.accounts(5);
    const id = await fleet.planned({ waves: [20, 60, 100], soak_ms: 60_000 });
    expect(await fleet.progress(id)).toMatchObject({
      status: 'planned',
      api_calls_left: 5,
      earliest_end_at: fleet.world.clock.now + 5_000 + 2 * 60_000,
      waves: [{ targets: { pending: 1 } }, { targets: { pending: 2 } }, { targets: { pending: 2 } }],
    });
    await fleet.advance(id);
    expect((await fleet.progress(id)).targets.pending).toBe(5);

    await changeRollout(fleet.ports, id, 'start', 'r');
    await fleet.world.control.clearCalls();
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({
      status: 'running',
      wave: 1,
      targets: { done: 1, pending: 4 },
    });
    await fleet.advance(id);
    expect((await fleet.progress(id)).targets.done).toBe(1);

    for (let wave = 2; wave <= 3; wave += 1) {
      fleet.world.clock.now += 60_000;
      await fleet.advance(id);
      await fleet.advance(id);
      expect((await fleet.progress(id)).targets.done).toBe(wave * 2 - 1);
    }
    expect(await fleet.progress(id)).toMatchObject({
      status: 'finished',
      targets: { done: 5 },
      api_calls_left: 0,
    });
    for (const account of made) expect(await fleet.runs(account)).toBe(NEW);
    const calls = (await fleet.world.control.calls()).filter(({ on }) => on === 'api');
    expect(calls).toHaveLength(5);
    expect(await readFleet(fleet.world.registry)).toMatchObject({
      current_release_id: NEXT_RELEASE,
      releases: [{ release_id: NEXT_RELEASE, schema_version: 900, stacks: 5 }],
      failures: [],
    });
  });

  test.each([[[1, 2, 50, 100]], [[100]], [[40, 70, 100]], [[33.3, 100]]])(
    'is answered, where it is planned in waves %j, as it is read then',
    async (waves) => {
      await fleet.accounts(5);
      const { rollout } = await planRollout(fleet.ports, rolloutOrder({ waves, tolerance: '40%' }), 'r');
      expect(rollout).toStrictEqual(await fleet.progress(rollout.id));
      expect(rollout.targets.pending).toBe(5);
    },
  );

  test('records the time and the bookmark from before the schema changed', async () => {
    const [account] = await fleet.accounts(1);
    const id = await fleet.started();
    await fleet.advance(id);
    const event = await fleet.world.registry
      .prepare(`SELECT after FROM events WHERE action = 'upgrade.succeeded' AND target_id = ?`)
      .bind(account?.accountId)
      .first<{ after: string }>();
    expect(JSON.parse(event?.after ?? '')).toMatchObject({
      bookmark_before: expect.stringMatching(/^[0-9a-f-]{20,}$/),
      schema_changed_at: fleet.world.clock.now,
      previous_release_id: RELEASE_ID,
      release_id: NEXT_RELEASE,
    });
  });

  test('pauses past its tolerance; what failed is named and serves its old release, and is brought on after it was mended', async () => {
    const made = await fleet.accounts(6);
    const [first, second, third] = made;
    for (const account of made.slice(0, 3)) await fleet.poison(account);
    const id = await fleet.started({ waves: [100], tolerance: '1', concurrency: 1 });
    await fleet.advance(id);
    const paused = await fleet.progress(id);
    expect(paused).toMatchObject({ status: 'paused', reason: { code: 'ROLLOUT_TOLERANCE_EXCEEDED' } });
    expect(paused.targets.failed).toBe(2);
    const failed = await fleet.world.registry
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
    for (const account of [first, second, third]) if (account) expect(await fleet.runs(account)).toMatch(OLD);

    for (const account of made.slice(0, 3)) await fleet.mend(account);
    await fleet.world.control.clearCalls();
    await changeRollout(fleet.ports, id, 'resume', 'r');
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 6, failed: 0 } });
    for (const account of made) expect(await fleet.runs(account)).toBe(NEW);
    const calls = (await fleet.world.control.calls()).filter(({ on }) => on === 'api');
    expect(calls).toHaveLength(6 - paused.targets.done);
  });

  test('goes on past failures where it was told to, and heals them when it is resumed', async () => {
    const made = await fleet.accounts(4);
    const [poisoned] = made;
    if (poisoned) await fleet.poison(poisoned);
    const id = await fleet.started({ waves: [100], on_failure: 'continue' });
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 3, failed: 1 } });
    expect(await readFleet(fleet.world.registry)).toMatchObject({
      releases: [{ stacks: 3 }, { release_id: RELEASE_ID, stacks: 1 }],
      failures: [{ rollout_id: id, step: 'advance-schema', code: 'MIGRATION_FAILED', stacks: 1 }],
    });
    if (poisoned) await fleet.mend(poisoned);
    await changeRollout(fleet.ports, id, 'resume', 'r');
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 4, failed: 0 } });
    await expect(changeRollout(fleet.ports, id, 'resume', 'r')).rejects.toMatchObject({
      code: 'ROLLOUT_STATUS_CONFLICT',
    });
  });

  test('is rolled back: what it changed goes back, new stacks too, and nothing else moves', async () => {
    const made = await fleet.accounts(4);
    const [poisoned] = made;
    if (poisoned) await fleet.poison(poisoned);
    const id = await fleet.started({ waves: [100], tolerance: '3' });
    await fleet.advance(id);
    const rollback = await rollBack(fleet.ports, id, 'r');
    await fleet.world.control.clearCalls();
    await fleet.advance(rollback);
    expect(await fleet.progress(rollback)).toMatchObject({
      status: 'finished',
      undoes: id,
      targets: { done: 3 },
    });
    expect(await fleet.progress(id)).toMatchObject({ status: 'rolled-back' });
    for (const account of made.slice(1)) expect(await fleet.runs(account)).toBe(`${RELEASE_ID} 900`);
    expect((await fleet.world.control.calls()).filter(({ on }) => on === 'api')).toHaveLength(3);
    expect((await readFleet(fleet.world.registry)).current_release_id).toBe(RELEASE_ID);
    await expect(rollBack(fleet.ports, id, 'r')).rejects.toMatchObject({ code: 'ROLLOUT_STATUS_CONFLICT' });
  });
});
