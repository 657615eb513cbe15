import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type Provisioning, recordSignup, startProvisioning } from '#test/support/provisioning.ts';
import { claimOperation, LEASE_MS } from '../registry/claim-operation.ts';
import { abandonedOperations, getOperation, retryOperation } from '../registry/operations.ts';
import { recordStepSuccess } from '../registry/record-step.ts';
import { runOperation } from './run-operation.ts';

const DATABASES = '/d1/database';
const CREATE = `POST ${DATABASES}`;
const STEPS = ['ensure-database', 'ensure-worker', 'ensure-schema', 'ensure-owner', 'verify', 'activate'];

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.control.removeFaults();
  await world.control.clearCalls();
});

function upload(stackId: string): string {
  return `PUT /workers/dispatch/namespaces/freehold/scripts/fh-${stackId}`;
}

function lookUp(stackId: string): string {
  return `GET /d1/database?name=fh-${stackId}&per_page=100`;
}

async function stackOf(stackId: string) {
  return world.registry.prepare('SELECT * FROM stacks WHERE id = ?').bind(stackId).first();
}

async function accountStatus(accountId: string) {
  return world.registry.prepare('SELECT status FROM accounts WHERE id = ?').bind(accountId).first('status');
}

describe('provision', () => {
  it('makes a stack with two Cloudflare API calls', async () => {
    const { accountId, stackId, operationId } = await recordSignup(world);

    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });

    expect(await world.control.apiCalls()).toEqual([CREATE, upload(stackId)]);
    const operation = await getOperation(world.registry, operationId);
    expect(operation.status).toBe('succeeded');
    expect(operation.steps.map(({ name, status, attempts }) => ({ name, status, attempts }))).toEqual(
      STEPS.map((name) => ({ name, status: 'succeeded', attempts: 1 })),
    );
    const database = await world.cloudflare.findDatabase(`fh-${stackId}`);
    expect(database?.jurisdiction).toBe('eu');
    expect(await stackOf(stackId)).toMatchObject({
      status: 'serving',
      database_id: database?.id,
      observed_release_id: '0123456789abcdef',
      observed_schema_version: expect.any(Number),
    });
    expect(await accountStatus(accountId)).toBe('active');
  });

  it('keeps nothing of the owner once the operation has succeeded', async () => {
    const { operationId } = await recordSignup(world);
    await runOperation(world.ports, operationId, 'test');
    const input = await world.registry
      .prepare('SELECT input FROM operations WHERE id = ?')
      .bind(operationId)
      .first('input');
    expect(input).toBe('{}');
  });

  it('does nothing for an operation that has ended', async () => {
    const { operationId } = await recordSignup(world);
    await runOperation(world.ports, operationId, 'test');
    await world.control.clearCalls();
    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });
    expect(await world.control.apiCalls()).toEqual([]);
  });

  it('adopts the database when the reply to create was lost', async () => {
    const { stackId, operationId } = await recordSignup(world);
    await world.control.addFault({ kind: 'drop-after', method: 'POST', path: DATABASES });

    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });

    expect(await world.control.apiCalls()).toEqual([CREATE, lookUp(stackId), upload(stackId)]);
    expect((await stackOf(stackId))?.database_id).toBe(
      (await world.cloudflare.findDatabase(`fh-${stackId}`))?.id,
    );
  });

  it('adopts the database that a driver made before it died', async () => {
    const { stackId, operationId } = await recordSignup(world);
    const made = await world.cloudflare.createDatabase(`fh-${stackId}`, 'eu');

    await runOperation(world.ports, operationId, 'test');

    expect(await stackOf(stackId)).toMatchObject({ status: 'serving', database_id: made.id });
  });

  it('repeats the upload when its reply was lost', async () => {
    const { stackId, operationId } = await recordSignup(world);
    await world.control.addFault({ kind: 'drop-after', method: 'PUT' });

    const outcome = await runOperation(world.ports, operationId, 'test');

    expect(outcome).toEqual({ finished: false, availableAt: world.clock.now + 500 });
    const waiting = await getOperation(world.registry, operationId);
    expect(waiting).toMatchObject({ status: 'running', error: { code: 'CLOUDFLARE_UNAVAILABLE' } });
    world.clock.now += 500;
    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });
    expect(await world.control.apiCalls()).toEqual([CREATE, upload(stackId), upload(stackId)]);
    expect((await getOperation(world.registry, operationId)).steps[1]).toMatchObject({
      name: 'ensure-worker',
      status: 'succeeded',
      attempts: 2,
      error: null,
    });
  });

  it('tries again where another call was in the way of its own', async () => {
    const { operationId } = await recordSignup(world);
    await world.control.addFault({ kind: 'fail-before', on: 'api', method: 'PUT', status: 409 });

    const outcome = await runOperation(world.ports, operationId, 'test');

    expect(outcome).toEqual({ finished: false, availableAt: world.clock.now + 500 });
    expect((await getOperation(world.registry, operationId)).error?.code).toBe('CLOUDFLARE_UNAVAILABLE');
    world.clock.now += 500;
    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });
  });

  it('waits as long as Cloudflare asks for', async () => {
    const { stackId, operationId } = await recordSignup(world);
    const slowDown = { kind: 'fail-before', path: DATABASES, status: 429, retry_after_s: 7 } as const;
    await world.control.addFault({ ...slowDown, method: 'POST' });

    const outcome = await runOperation(world.ports, operationId, 'test');

    expect(outcome).toEqual({ finished: false, availableAt: world.clock.now + 7000 });
    expect((await getOperation(world.registry, operationId)).error?.code).toBe('CLOUDFLARE_RATE_LIMITED');
    world.clock.now += 7000;
    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });
    expect(await world.control.apiCalls()).toEqual([CREATE, CREATE, upload(stackId)]);
  });

  it('makes no call while Cloudflare asked another operation to wait', async () => {
    const [met, other] = [await recordSignup(world), await recordSignup(world)];
    const slowDown = { kind: 'fail-before', path: DATABASES, status: 429, retry_after_s: 7 } as const;
    await world.control.addFault({ ...slowDown, method: 'POST' });
    await runOperation(world.ports, met.operationId, 'test');

    const outcome = await runOperation(world.ports, other.operationId, 'test');

    expect(outcome).toEqual({ finished: false, availableAt: world.clock.now + 7000 });
    expect(await world.control.apiCalls()).toEqual([CREATE]);
    const { error } = await getOperation(world.registry, other.operationId);
    expect(error?.code).toBe('API_BUDGET_EXHAUSTED');
    world.clock.now += 7000;
    expect(await runOperation(world.ports, other.operationId, 'test')).toEqual({ finished: true });
  });

  it('refuses a database of its name that lies outside the jurisdiction', async () => {
    const { accountId, stackId, operationId } = await recordSignup(world);
    const elsewhere = await fetch(`${world.apiUrl}/accounts/0123456789abcdef0123456789abcdef/d1/database`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-this-test', 'content-type': 'application/json' },
      body: JSON.stringify({ name: `fh-${stackId}` }),
    });
    expect(elsewhere.status).toBe(200);

    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });

    const operation = await getOperation(world.registry, operationId);
    expect(operation.error).toEqual({
      code: 'DATABASE_CONFLICT',
      message: 'A database of this name exists and is not as it should be.',
    });
    expect(operation.status).toBe('failed');
    expect(await accountStatus(accountId)).toBe('failed');
    expect((await stackOf(stackId))?.database_id).toBeNull();
  });

  it('goes on from the step that failed when it is retried', async () => {
    const { accountId, stackId, operationId } = await recordSignup(world);
    await world.control.addFault({ kind: 'fail-before', method: 'PUT', status: 400, code: 10021 });
    await runOperation(world.ports, operationId, 'test');
    expect((await getOperation(world.registry, operationId)).error?.code).toBe('CLOUDFLARE_REJECTED');

    await retryOperation(world.registry, operationId, world.clock.now);
    expect(await accountStatus(accountId)).toBe('provisioning');
    await runOperation(world.ports, operationId, 'test');

    expect(await world.control.apiCalls()).toEqual([CREATE, upload(stackId), upload(stackId)]);
    expect(await accountStatus(accountId)).toBe('active');
  });

  it('uploads the Worker again where it does not know the platform’s keys, and records those it knows then', async () => {
    const { accountId, stackId, operationId } = await recordSignup(world);
    const observedKeys = async () => (await stackOf(stackId))?.observed_keys;
    const strangerKeys = { ...world.ports.platform, publicKeys: '{"keys":[]}' };
    const failing = {
      ...world.ports.accountWorkers,
      migrate: () => Promise.reject(new PlatformError('ACCOUNT_UNAVAILABLE')),
    };
    const before = { ...world.ports, platform: strangerKeys, accountWorkers: failing };
    const outcome = await runOperation(before, operationId, 'with other keys');
    expect((await getOperation(world.registry, operationId)).steps[1]?.status).toBe('succeeded');
    expect(await observedKeys()).toBe('[]');

    world.clock.now = outcome.finished ? expect.fail('finished') : outcome.availableAt;
    expect(await runOperation(world.ports, operationId, 'test')).toEqual({ finished: true });

    expect(await world.control.apiCalls()).toEqual([CREATE, upload(stackId), upload(stackId)]);
    expect(await accountStatus(accountId)).toBe('active');
    expect(await observedKeys()).toBe('["test"]');
  });

  it('records what a Worker was uploaded with, whatever becomes of the step after it', async () => {
    const { stackId, operationId } = await recordSignup(world);
    const migrate = () => Promise.reject(new PlatformError('STACK_UNHEALTHY'));
    const accountWorkers = { ...world.ports.accountWorkers, migrate };
    const ports = { ...world.ports, accountWorkers };
    await runOperation(ports, operationId, 'test');
    await world.registry.prepare('UPDATE stacks SET observed_keys = NULL WHERE id = ?').bind(stackId).run();
    world.clock.now += LEASE_MS;

    expect((await runOperation(ports, operationId, 'test')).finished).toBe(false);

    const { steps } = await getOperation(world.registry, operationId);
    expect(steps[2]).toMatchObject({ status: 'running', error: { code: 'STACK_UNHEALTHY' } });
    expect((await stackOf(stackId))?.observed_keys).toBe('["test"]');
  });

  it('refuses to retry what has not failed', async () => {
    const { operationId } = await recordSignup(world);
    const retry = retryOperation(world.registry, operationId, world.clock.now);
    await expect(retry).rejects.toMatchObject({ code: 'OPERATION_NOT_RETRYABLE' });
  });
});

describe('drivers', () => {
  it('let one of many work and tell the others when to come back', async () => {
    const { stackId, operationId } = await recordSignup(world);
    const drivers = Array.from({ length: 5 }, (_, i) =>
      runOperation(world.ports, operationId, `driver ${i}`),
    );
    const outcomes = await Promise.all(drivers);
    expect(outcomes.filter((outcome) => outcome.finished)).not.toHaveLength(0);
    expect(await world.control.apiCalls()).toEqual([CREATE, upload(stackId)]);
  });

  it('take up an operation whose driver died, once its lease ran out', async () => {
    const { stackId, operationId } = await recordSignup(world);
    await claimOperation(world.registry, { operationId, driver: 'dies', now: world.clock.now });

    expect(await runOperation(world.ports, operationId, 'next')).toEqual({
      finished: false,
      availableAt: world.clock.now + LEASE_MS,
    });
    expect(await abandonedOperations(world.registry, world.clock.now, 1000)).not.toContain(operationId);

    world.clock.now += LEASE_MS;
    expect(await abandonedOperations(world.registry, world.clock.now, 1000)).toContain(operationId);
    expect(await runOperation(world.ports, operationId, 'next')).toEqual({ finished: true });
    expect((await stackOf(stackId))?.status).toBe('serving');
  });

  it('write nothing any more once another driver took over', async () => {
    const { stackId, operationId } = await recordSignup(world);
    const lost = await claimOperation(world.registry, { operationId, driver: 'slow', now: world.clock.now });
    world.clock.now += LEASE_MS;
    await claimOperation(world.registry, { operationId, driver: 'quick', now: world.clock.now });

    const write = recordStepSuccess(world.registry, lost ?? expect.fail('not claimed'), {
      position: 0,
      result: { stack: { database_id: 'of-the-slow-one' }, account: { status: 'active' } },
      event: null,
      now: world.clock.now,
    });

    await expect(write).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect((await stackOf(stackId))?.database_id).toBeNull();
    expect((await getOperation(world.registry, operationId)).steps[0]).toMatchObject({
      status: 'running',
      attempts: 2,
    });
  });

  it('stop without harm where they lose the operation in the middle of a call', async () => {
    const { stackId, operationId } = await recordSignup(world);
    const held = await world.control.addFault({ kind: 'hold-before', method: 'POST', path: DATABASES });
    const slow = runOperation(world.ports, operationId, 'slow');
    await expect.poll(() => world.control.apiCalls(), { timeout: 20_000 }).toEqual([CREATE]);
    world.clock.now += LEASE_MS;
    expect(await runOperation(world.ports, operationId, 'quick')).toEqual({ finished: true });

    await world.control.releaseFault(held);

    expect(await slow).toEqual({ finished: true });
    expect(world.log).toContainEqual({ event: 'lease-lost', operation_id: operationId, generation: 1 });
    expect((await stackOf(stackId))?.status).toBe('serving');
    expect((await world.cloudflare.findDatabase(`fh-${stackId}`))?.id).toBe(
      (await stackOf(stackId))?.database_id,
    );
  });
});
