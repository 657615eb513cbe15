import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELEASE_ID } from '#test/support/provisioning.ts';
import { FOR_A_WHILE, NEW, NEXT_RELEASE, RolloutFleet } from '#test/support/rollout-fleet.ts';
import { runOperation } from '../operations/run-operation.ts';
import { retryOperation } from '../registry/operations.ts';
import { LOOK_AGAIN_MS, UNWELL_LOOKS } from '../steps/verify-or-put-back.ts';
import { advanceRollout } from './advance-rollout.ts';
import { changeRollout } from './change-rollout.ts';
import { readFleet } from './read-fleet.ts';
import { rollBack } from './roll-back.ts';

const THROWS = `export default { fetch() { throw new Error('The release is bad.'); } };`;
const FAILS = `export default { fetch: () => new Response(null, { status: 500 }) };`;
const ANSWERS_OTHERWISE = `export default { fetch: () => new Response('Hello.') };`;
const BREAKS_OFF = `export default { fetch: () => new Response(new ReadableStream({ async pull(controller) {
  controller.enqueue(new TextEncoder().encode('{'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.error(new Error('The release is bad.'));
} })) };`;
const REFUSES = `export default { fetch: () => Response.json({ error: { code: 'MIGRATION_EDITED', message: '', context: {},
  request_id: 'r' } }, { status: 500 }) };`;
/** What {@link RolloutFleet.runs} tells of a stack whose release was put back. */
const BACK = `${RELEASE_ID} 900`;

let fleet: RolloutFleet;

beforeEach(async () => {
  fleet = await RolloutFleet.start();
});
afterEach(() => fleet[Symbol.asyncDispose]());

async function targets() {
  const { results } = await fleet.world.registry
    .prepare(
      `SELECT details.status, step, error ->> '$.code' AS code, stacks.release_id, stacks.observed_release_id
       FROM rollout_target_details AS details JOIN stacks ON stacks.id = stack_id`,
    )
    .all();
  return results;
}

const PUT_BACK = {
  ...{ status: 'failed', step: 'verify', code: 'RELEASE_PUT_BACK' },
  ...{ release_id: RELEASE_ID, observed_release_id: RELEASE_ID },
};

describe('an upgrade whose Worker is unwell', () => {
  test.each([
    { kind: 'throws', module: THROWS, calls: 3, afterMs: 15_000 },
    { kind: 'is another program', module: ANSWERS_OTHERWISE, calls: 3, afterMs: 15_000 },
    { kind: 'breaks off its answers', module: BREAKS_OFF, calls: 2, afterMs: 15_000 },
    { kind: 'refuses for good', module: REFUSES, calls: 2, afterMs: 0 },
  ])(
    'gives the stack its release back where it $kind, $afterMs ms after its upload',
    async ({ module, calls, afterMs }) => {
      const account = await fleet.account();
      fleet.breakNext(module);
      const id = await fleet.started();
      await fleet.world.control.clearCalls();
      const began = fleet.world.clock.now;
      await fleet.advance(id);
      expect(fleet.world.clock.now - began).toBe(afterMs);
      expect(await fleet.uploads()).toBe(calls);
      expect(await fleet.runs(account)).toBe(BACK);
      expect(await targets()).toEqual([PUT_BACK]);
      expect(await fleet.progress(id)).toMatchObject({
        status: 'paused',
        reason: { code: 'ROLLOUT_TOLERANCE_EXCEEDED' },
        targets: { failed: 1 },
      });
      expect((await readFleet(fleet.world.registry)).failures).toMatchObject([
        { step: 'verify', code: 'RELEASE_PUT_BACK', stacks: 1 },
      ]);
      const event = await fleet.world.registry
        .prepare(`SELECT after FROM events WHERE action = 'upgrade.failed' AND target_id = ?`)
        .bind(account.accountId)
        .first<string>('after');
      expect(JSON.parse(event ?? '')).toMatchObject({
        unwell: expect.stringMatching(/^(STACK_UNHEALTHY|ACCOUNT_UNAVAILABLE|MIGRATION_EDITED) \{/),
        release_id: NEXT_RELEASE,
      });
    },
  );

  test('is tried anew by resume, and is none of what a roll back takes back', async () => {
    const made = await fleet.accounts(3);
    fleet.breakNext(FAILS);
    const id = await fleet.started({ waves: [100], tolerance: '0', concurrency: 1 });
    await fleet.advance(id);
    expect((await fleet.progress(id)).targets).toMatchObject({ failed: 1, pending: 2 });
    await expect(rollBack(fleet.ports, id, 'r')).rejects.toMatchObject({ code: 'ROLLOUT_EMPTY' });
    fleet.breakNext(null);
    await changeRollout(fleet.ports, id, 'resume', 'r');
    await fleet.advance(id);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 3, failed: 0 } });
    for (const account of made) expect(await fleet.runs(account)).toBe(NEW);
  });

  test('fails no more stacks than are tolerated and under way', async () => {
    await fleet.accounts(6);
    fleet.breakNext(FAILS);
    const id = await fleet.started({ waves: [100], tolerance: '1', concurrency: 2 });
    await fleet.advance(id);
    const { targets: counts } = await fleet.progress(id);
    expect(counts.failed).toBeGreaterThan(1);
    expect(counts.failed).toBeLessThanOrEqual(3);
    const rows = await targets();
    expect(rows.filter(({ status }) => status === 'failed')).toEqual(Array(counts.failed).fill(PUT_BACK));
  });

  test('keeps the new release where it is well again before the last look', async () => {
    const account = await fleet.account();
    fleet.breakNext(FAILS);
    const id = await fleet.started();
    let waits = 0;
    const ports = {
      ...fleet.ports,
      wait: async (ms: number) => {
        await fleet.ports.wait(ms);
        waits += 1;
        if (waits < UNWELL_LOOKS - 1) return;
        fleet.breakNext(null);
        await fleet.overwrite(account);
      },
    };
    await advanceRollout(ports, id, fleet.world.clock.now + FOR_A_WHILE);
    expect(waits).toBe(UNWELL_LOOKS - 1);
    expect(await fleet.runs(account)).toBe(NEW);
    expect(await fleet.progress(id)).toMatchObject({ status: 'finished', targets: { done: 1 } });
  });

  test('goes on putting back where it was, whoever takes it up', async () => {
    const account = await fleet.account();
    fleet.breakNext(FAILS);
    const id = await fleet.started();
    // No driver of the rollout gets further than the first look.
    await advanceRollout(fleet.ports, id, fleet.world.clock.now + 1);
    const { operation_id } = (await fleet.world.registry
      .prepare(`SELECT operation_id FROM rollout_targets WHERE status = 'running'`)
      .first<{ operation_id: string }>()) ?? { operation_id: '' };
    await changeRollout(fleet.ports, id, 'pause', 'r');
    const released: (string | null)[] = [];
    for (let runs = 0; runs < 20; runs += 1) {
      fleet.world.clock.now += LOOK_AGAIN_MS;
      const { finished } = await runOperation(fleet.ports, operation_id, `driver-${runs}`);
      released.push(await fleet.world.registry.prepare('SELECT release_id FROM stacks').first('release_id'));
      if (finished) break;
    }
    // The last look, with the upload, and the verification were of two drivers.
    expect(released.slice(-2)).toEqual([RELEASE_ID, RELEASE_ID]);
    expect(released.slice(0, -2)).toEqual(Array(UNWELL_LOOKS - 2).fill(NEXT_RELEASE));
    expect(await fleet.runs(account)).toBe(BACK);
    expect((await fleet.progress(id)).targets.failed).toBe(1);
  });

  test('that could not be put back says so, is put back by a retry, and never becomes done by one', async () => {
    const account = await fleet.account();
    fleet.breakNext(FAILS);
    const id = await fleet.started();
    await fleet.world.control.clearCalls();
    await fleet.world.control.addFault({
      kind: 'fail-before',
      status: 403,
      method: 'PUT',
      skip: 2,
      count: null,
    });
    await fleet.advance(id);
    expect(await targets()).toMatchObject([{ status: 'failed', step: 'verify', release_id: NEXT_RELEASE }]);
    await fleet.world.control.removeFaults();
    for (let retries = 0; retries < 2; retries += 1) {
      const operationId = await fleet.world.registry
        .prepare('SELECT operation_id FROM rollout_targets')
        .first<string>('operation_id');
      await retryOperation(fleet.world.registry, operationId ?? '', fleet.world.clock.now);
      while (!(await runOperation(fleet.ports, operationId ?? '', 'admin')).finished)
        fleet.world.clock.now += 1;
      await fleet.progress(id);
      expect(await fleet.runs(account)).toBe(BACK);
    }
    expect(await targets()).toMatchObject([PUT_BACK]);
  });
});

describe('a roll back', () => {
  test('goes past a Worker that answers nothing', async () => {
    const account = await fleet.account();
    const id = await fleet.started();
    await fleet.advance(id);
    fleet.breakNext(FAILS);
    await fleet.overwrite(account);
    const rollback = await rollBack(fleet.ports, id, 'r');
    const began = fleet.world.clock.now;
    await fleet.advance(rollback);
    expect(await fleet.progress(rollback)).toMatchObject({ status: 'finished', targets: { done: 1 } });
    expect(fleet.world.clock.now).toBe(began);
    expect(await fleet.runs(account)).toBe(BACK);
  });
});
