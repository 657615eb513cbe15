import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { RELEASE_ID } from '#test/support/provisioning.ts';
import { FOR_A_WHILE, NEW, NEXT_RELEASE, RolloutFleet } from '#test/support/rollout-fleet.ts';
import { advanceRollout } from './advance-rollout.ts';
import { changeRollout } from './change-rollout.ts';
import { rollBack } from './roll-back.ts';

const FAILS = 'export default { fetch: () => new Response(null, { status: 500 }) };';

let fleet: RolloutFleet;

beforeEach(async () => {
  fleet = await RolloutFleet.start();
});
afterEach(() => fleet[Symbol.asyncDispose]());

function target() {
  return fleet.world.registry
    .prepare(
      `SELECT details.status, step, error ->> '$.code' AS code, stacks.release_id
       FROM rollout_target_details AS details JOIN stacks ON stacks.id = stack_id`,
    )
    .first();
}

describe('an upgrade', () => {
  test('puts nothing back where it is the platform that cannot ask', async () => {
    await fleet.account();
    const id = await fleet.started();
    await fleet.world.control.clearCalls();
    const health = async () => {
      throw new TypeError('There is no key to sign with.');
    };
    const ports = { ...fleet.ports, accountWorkers: { ...workers(), health } };
    await advanceRollout(ports, id, fleet.world.clock.now + FOR_A_WHILE);
    expect(await target()).toEqual({
      ...{ status: 'failed', step: 'verify', code: 'INTERNAL', release_id: NEXT_RELEASE },
    });
    expect(await fleet.uploads()).toBe(1);
  });

  test('puts nothing back where the release cannot be read any more', async () => {
    await fleet.account();
    const id = await fleet.started();
    await fleet.world.control.clearCalls();
    const bundle = async (release: string) => {
      if (release === NEXT_RELEASE && (await fleet.uploads()) > 0)
        throw new PlatformError('RELEASE_NOT_FOUND');
      return fleet.ports.releases.bundle(release);
    };
    const ports = { ...fleet.ports, releases: { bundle } };
    await advanceRollout(ports, id, fleet.world.clock.now + FOR_A_WHILE);
    expect(await target()).toMatchObject({ code: 'RELEASE_NOT_FOUND', release_id: NEXT_RELEASE });
    expect(await fleet.uploads()).toBe(1);
  });

  test('says what is wrong where neither release is well', async () => {
    await fleet.account();
    const id = await fleet.started();
    const health = async () => {
      throw new PlatformError('ACCOUNT_UNAVAILABLE');
    };
    const ports = { ...fleet.ports, accountWorkers: { ...workers(), health } };
    await advanceRollout(ports, id, fleet.world.clock.now + FOR_A_WHILE);
    expect(await target()).toEqual({
      ...{ status: 'failed', step: 'verify', code: 'ACCOUNT_UNAVAILABLE', release_id: RELEASE_ID },
    });
  });

  test('uploads nothing where a migration breaks', async () => {
    const account = await fleet.account();
    await fleet.poison(account);
    const id = await fleet.started();
    await fleet.world.control.clearCalls();
    await fleet.advance(id);
    expect(await target()).toMatchObject({ step: 'advance-schema', release_id: RELEASE_ID });
    expect(await fleet.uploads()).toBe(0);
  });

  test('of a stack that was well on the release, and not after the soak, ends well once it is mended', async () => {
    const account = await fleet.account();
    await fleet.account();
    const id = await fleet.started({ waves: [50, 100], soak_ms: 1_000 });
    await fleet.advance(id);
    const first = await fleet.world.registry
      .prepare(`SELECT stack_id FROM rollout_targets WHERE status = 'done'`)
      .first<string>('stack_id');
    fleet.breakNext(FAILS);
    await fleet.overwrite({ ...account, stackId: first ?? '' });
    fleet.world.clock.now += 1_000;
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'paused', targets: { failed: 1, pending: 1 } });
    fleet.breakNext(null);
    await fleet.overwrite({ ...account, stackId: first ?? '' });
    await changeRollout(fleet.ports, id, 'resume', 'r');
    for (let wave = 0; wave < 3; wave += 1) {
      await fleet.advance(id);
      fleet.world.clock.now += 1_000;
    }
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 2 } });
    expect(await fleet.runs({ ...account, stackId: first ?? '' })).toBe(NEW);
  });

  test('uploads the release before where the registry asks for another, though that one was seen last', async () => {
    const account = await fleet.account();
    fleet.breakNext(FAILS);
    const id = await fleet.started();
    await fleet.world.control.addFault({
      ...{ kind: 'fail-before', status: 403, method: 'PUT', skip: 2, count: null },
    });
    await fleet.advance(id);
    expect(await target()).toMatchObject({ code: 'CLOUDFLARE_REJECTED', release_id: NEXT_RELEASE });
    await fleet.world.control.removeFaults();
    const rollback = await rollBack(fleet.ports, id, 'r');
    await fleet.world.control.clearCalls();
    // As where a Worker throws: it is not asked twice, and its answer is no reason to upload.
    const health: ReturnType<typeof workers>['health'] = async (asked) => {
      if ((await fleet.uploads()) === 0) throw new PlatformError('ACCOUNT_UNAVAILABLE');
      return workers().health(asked);
    };
    const ports = { ...fleet.ports, accountWorkers: { ...workers(), health } };
    await advanceRollout(ports, rollback, fleet.world.clock.now + FOR_A_WHILE);
    expect(await fleet.progress(rollback)).toMatchObject({ status: 'finished', targets: { done: 1 } });
    expect(await fleet.runs(account)).toBe(`${RELEASE_ID} 900`);
  });
});

/** What the steps ask of account Workers, as it is. */
function workers(): RolloutFleet['ports']['accountWorkers'] {
  const { accountWorkers } = fleet.ports;
  return {
    health: (asked) => accountWorkers.health(asked),
    migrate: (asked, order) => accountWorkers.migrate(asked, order),
    ensureOwner: (asked, order) => accountWorkers.ensureOwner(asked, order),
    takeOver: (asked, order) => accountWorkers.takeOver(asked, order),
    claimCopy: (asked, order) => accountWorkers.claimCopy(asked, order),
    listFiles: (asked, order) => accountWorkers.listFiles(asked, order),
  };
}
