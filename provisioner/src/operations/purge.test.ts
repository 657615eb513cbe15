import { v7 as uuidV7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultRequest } from '#local-cloud/host/cloud-control.ts';
import { DAY_MS } from '#shared-schema/accounts/deletion.ts';
import { RELEASED_SLUG_KEPT_MS } from '#shared-schema/accounts/route-lifetime.ts';
import {
  beginOn,
  type ProvisionFacts,
  type Provisioning,
  recordSignup,
  runToEnd,
  startProvisioning,
} from '#test/support/provisioning.ts';
import { LIST_LAG_MS } from '../cloudflare/list-lag.ts';
import { beginDuePurges } from '../reconciler/begin-due-purges.ts';
import { claimOperation, LEASE_MS } from '../registry/claim-operation.ts';
import { duePurges } from '../registry/deletions.ts';
import { getOperation } from '../registry/operations.ts';
import { slugIsFree } from '../registry/slugs.ts';
import { runOperation } from './run-operation.ts';

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.control.removeFaults();
  await world.control.clearCalls();
});

const WORKER = { method: 'DELETE', path: '/workers/*' } as const;
const LOOK = { method: 'GET', path: '/d1/database/:id' } as const;
const DATABASE = { method: 'DELETE', path: '/d1/database/:id' } as const;

async function row(table: 'accounts' | 'stacks', id: string): Promise<Record<string, unknown>> {
  const found = await world.registry.prepare(`SELECT * FROM ${table} WHERE id = ?`).bind(id).first();
  return found ?? expect.fail('no such row');
}

/** An account that served, with files, and whose grace of no days is over. */
async function deletedAccount(): Promise<ProvisionFacts> {
  const facts = await recordSignup(world);
  await runToEnd(world, facts.operationId);
  for (const name of ['a/1', 'a/2', 'b/1'])
    await world.files.put(`accounts/${facts.accountId}/${name}`, name);
  expect((await runToEnd(world, await beginOn(world, facts, 'delete', { grace_days: 0 }))).status).toBe(
    'succeeded',
  );
  await world.control.clearCalls();
  return facts;
}

async function expectGone({ accountId, stackId }: ProvisionFacts): Promise<void> {
  const account = await row('accounts', accountId);
  expect(JSON.parse(String(account.body))).toEqual({
    ...{ slug: `a-${accountId.slice(-12)}`, name: '(deleted)', status: 'deleted', residency: 'eu' },
  });
  expect((await row('stacks', stackId)).status).toBe('retired');
  expect(await world.cloudflare.findDatabase(`fh-${stackId}`)).toBeNull();
  expect(await world.scripts()).not.toContain(`fh-${stackId}`);
  const { objects } = await world.files.list({ prefix: `accounts/${accountId}/` });
  expect(objects).toEqual([]);
}

describe('delete', () => {
  it('destroys nothing, and settles when the grace ends', async () => {
    const facts = await recordSignup(world);
    await runToEnd(world, facts.operationId);
    const began = world.clock.now;
    await runToEnd(world, await beginOn(world, facts, 'delete', { grace_days: 7 }));

    expect(await row('accounts', facts.accountId)).toMatchObject({
      status: 'deleting',
      purge_after: began + 7 * DAY_MS,
    });
    expect(await world.cloudflare.findDatabase(`fh-${facts.stackId}`)).not.toBeNull();
  });
});

describe('undelete', () => {
  it.each(['active', 'suspended'])('makes the account what it was: %s', async (status) => {
    const facts = await recordSignup(world);
    await runToEnd(world, facts.operationId);
    if (status === 'suspended') await runToEnd(world, await beginOn(world, facts, 'suspend'));
    await runToEnd(world, await beginOn(world, facts, 'delete'));
    await runToEnd(world, await beginOn(world, facts, 'undelete'));
    expect(await row('accounts', facts.accountId)).toMatchObject({ status, purge_after: null });
    expect(JSON.parse(String((await row('accounts', facts.accountId)).body))).not.toHaveProperty('deletion');
  });
});

describe('purge', () => {
  it('destroys Worker, database and files, and leaves a tombstone', async () => {
    const facts = await deletedAccount();
    const { database_id: id } = await row('stacks', facts.stackId);
    const operation = await runToEnd(world, await beginOn(world, facts, 'purge'));

    expect(operation.steps.map(({ name, attempts }) => [name, attempts])).toEqual([
      ['delete-custom-hostnames', 1],
      ['delete-workers', 1],
      ['delete-databases', 1],
      ['delete-files', 1],
      ['bury', 1],
    ]);
    expect(await world.control.apiCalls()).toEqual([
      `DELETE /workers/dispatch/namespaces/freehold/scripts/fh-${facts.stackId}`,
      `GET /d1/database/${id}`,
      `DELETE /d1/database/${id}`,
    ]);
    await expectGone(facts);
  });

  it.each<[string, FaultRequest, number]>([
    ['the reply to the deletion of the Worker is lost', { kind: 'drop-after', ...WORKER }, 1],
    ['the deletion of the Worker fails', { kind: 'fail-before', ...WORKER }, 1],
    ['the look at the database fails', { kind: 'fail-before', status: 503, ...LOOK }, 1],
    ['the reply to the look at the database is lost', { kind: 'drop-after', ...LOOK }, 1],
    ['the reply to the deletion of the database is lost', { kind: 'drop-after', ...DATABASE }, 1],
    ['the deletion of the database fails', { kind: 'fail-before', ...DATABASE }, 1],
    ['the deletion of the database fails twice', { kind: 'fail-before', ...DATABASE, count: 2 }, 2],
    ['Cloudflare asks to slow down', { kind: 'fail-before', status: 429, retry_after_s: 9, ...DATABASE }, 1],
  ])('comes to the same end when %s', async (_, fault, times) => {
    const facts = await deletedAccount();
    await world.control.addFault(fault);
    const operation = await runToEnd(world, await beginOn(world, facts, 'purge'));
    expect(operation.steps.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(5 + times);
    await expectGone(facts);
  });

  it.each([0, 1, 2, 3, 4])(
    'comes to the same end when its driver dies in step %i, its work done',
    async (position) => {
      const facts = await deletedAccount();
      const id = await beginOn(world, facts, 'purge');
      const registry = deafTo(world.registry, position);
      await expect(runOperation({ ...world.ports, registry }, id, 'dies')).rejects.toThrow('died');
      expect((await getOperation(world.registry, id)).steps[position]?.status).toBe('running');

      world.clock.now += LEASE_MS;
      expect((await runToEnd(world, id)).status).toBe('succeeded');
      await expectGone(facts);
    },
  );

  it('comes to the same end beside a driver that does not know that it lost the operation', async () => {
    const facts = await deletedAccount();
    const id = await beginOn(world, facts, 'purge');
    const held = await world.control.addFault({ kind: 'hold-before', ...DATABASE });
    const slow = runOperation(world.ports, id, 'slow');
    const lastCall = async () => (await world.control.apiCalls()).at(-1);
    await expect.poll(lastCall, { timeout: 20_000 }).toMatch(/^DELETE \/d1\/database\//);
    world.clock.now += LEASE_MS;
    expect((await runToEnd(world, id)).status).toBe('succeeded');

    await world.control.releaseFault(held);

    expect(await slow).toEqual({ finished: true });
    await expectGone(facts);
  });

  it('takes what is gone already for deleted', async () => {
    const facts = await deletedAccount();
    await world.cloudflare.deleteAccountWorker('freehold', `fh-${facts.stackId}`);
    await world.cloudflare.deleteDatabase(String((await row('stacks', facts.stackId)).database_id));
    expect((await runToEnd(world, await beginOn(world, facts, 'purge'))).status).toBe('succeeded');
    await expectGone(facts);
  });

  it('touches no database that is not its own, whatever the registry says', async () => {
    const [facts, other] = [await deletedAccount(), await deletedAccount()];
    const { database_id: foreign } = await row('stacks', other.stackId);
    await world.registry.batch([
      world.registry.prepare('UPDATE stacks SET database_id = NULL WHERE id = ?').bind(other.stackId),
      world.registry.prepare('UPDATE stacks SET database_id = ? WHERE id = ?').bind(foreign, facts.stackId),
    ]);
    const operation = await runToEnd(world, await beginOn(world, facts, 'purge'));
    expect(operation.error?.code).toBe('DATABASE_CONFLICT');
    expect(await world.cloudflare.getDatabase(String(foreign))).toMatchObject({
      name: `fh-${other.stackId}`,
    });
    expect((await row('accounts', facts.accountId)).status).toBe('deleting');
  });

  it('leaves the files of all others', async () => {
    const facts = await deletedAccount();
    const others = [`accounts/${uuidV7()}/a/1`, `accounts/${facts.accountId}0/a/1`];
    for (const key of others) await world.files.put(key, 'of another');
    await runToEnd(world, await beginOn(world, facts, 'purge'));
    for (const key of others) expect(await world.files.head(key)).not.toBeNull();
  });

  it('destroys the stacks that the account had before, too', async () => {
    const facts = await deletedAccount();
    const before = uuidV7();
    const { id: databaseId } = await world.cloudflare.createDatabase(`fh-${before}`, 'eu');
    await world.registry
      .prepare(
        `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, database_id, release_id, created_at, updated_at)
         SELECT ?1, account_id, 'retired', residency, cell, 'fh-' || ?1, dispatch_namespace, ?2, release_id, 0, 0 FROM stacks WHERE id = ?3`,
      )
      .bind(before, databaseId, facts.stackId)
      .run();
    await world.cloudflare.uploadAccountWorker('freehold', {
      ...{
        name: `fh-${before}`,
        bundle: await world.ports.releases.bundle('any'),
        databaseId,
        texts: {},
        tags: [],
      },
    });
    await runToEnd(world, await beginOn(world, facts, 'purge'));
    await expectGone(facts);
    await expectGone({ ...facts, stackId: before });
  });

  it('removes many files in many slices', async () => {
    const facts = await deletedAccount();
    const keys = Array.from({ length: 25 }, (_, n) => `accounts/${facts.accountId}/many/${n}`);
    await Promise.all(keys.map((key) => world.files.put(key, key)));
    const id = await beginOn(world, facts, 'purge');
    const removeSlice = async (accountId: string) => {
      const { objects, truncated } = await world.files.list({ prefix: `accounts/${accountId}/`, limit: 2 });
      await world.files.delete(objects.map(({ key }) => key));
      return !truncated;
    };
    const ports = { ...world.ports, files: { ...world.ports.files, removeSlice } };
    expect(await runOperation(ports, id, 'test')).toEqual({ finished: false, availableAt: world.clock.now });
    expect(await runOperation(ports, id, 'test')).toEqual({ finished: true });
    await expectGone(facts);
  });

  it('keeps nothing of the owner of a signup that failed', async () => {
    const facts = await recordSignup(world);
    await world.control.addFault({ kind: 'fail-before', on: 'api', method: 'PUT', status: 403 });
    expect((await runToEnd(world, facts.operationId)).status).toBe('failed');
    expect((await runToEnd(world, await beginOn(world, facts, 'delete'))).status).toBe('succeeded');
    expect((await runToEnd(world, await beginOn(world, facts, 'purge'))).status).toBe('succeeded');
    const { results } = await world.registry
      .prepare('SELECT DISTINCT input, facts FROM operations WHERE account_id = ?')
      .bind(facts.accountId)
      .all();
    expect(results).toEqual([{ input: '{}', facts: '{}' }]);
    await expectGone(facts);
  });

  it('finds a database whose id was never recorded, although the list lags', async () => {
    const facts = await recordSignup(world);
    for (const method of ['POST', 'GET'] as const)
      await world.control.addFault({ kind: 'fail-before', path: '/d1/database', method, status: 403 });
    expect((await runToEnd(world, facts.operationId)).status).toBe('failed');
    await runToEnd(world, await beginOn(world, facts, 'delete'));
    await world.control.addFault({ kind: 'lag', method: 'GET', path: '/d1/database' });
    await world.cloudflare.createDatabase(`fh-${facts.stackId}`, 'eu');

    const id = await beginOn(world, facts, 'purge');
    const began = world.clock.now;
    expect(await runOperation(world.ports, id, 'test')).toEqual({
      ...{ finished: false, availableAt: began + LIST_LAG_MS },
    });
    expect((await runToEnd(world, id)).status).toBe('succeeded');
    await expectGone(facts);
  });

  it('frees the slug, and not before an isolate could have forgotten it', async () => {
    const facts = await deletedAccount();
    await runToEnd(world, await beginOn(world, facts, 'purge'));
    const slug = `a-${facts.accountId.slice(-12)}`;
    const isFree = (now: number) => {
      const { sql, params } = slugIsFree(slug, uuidV7(), now);
      return world.registry
        .prepare(`SELECT ${sql} AS free`)
        .bind(...params)
        .first('free');
    };
    expect(await isFree(world.clock.now + RELEASED_SLUG_KEPT_MS - 1)).toBe(0);
    expect(await isFree(world.clock.now + RELEASED_SLUG_KEPT_MS)).toBe(1);
  });
});

describe('the reconciler', () => {
  const isDue = async (facts: ProvisionFacts) =>
    (await duePurges(world.registry, world.clock.now, 1000)).includes(facts.accountId);

  it('begins a purge once, when the grace is over', async () => {
    const facts = await recordSignup(world);
    await runToEnd(world, facts.operationId);
    const began = world.clock.now;
    await runToEnd(world, await beginOn(world, facts, 'delete', { grace_days: 1 }));
    world.clock.now = began + DAY_MS - 1;
    expect(await isDue(facts)).toBe(false);
    world.clock.now += 1;
    expect(await isDue(facts)).toBe(true);

    const begun = (await Promise.all([1, 2, 3].map(() => beginDuePurges(world.ports)))).flat();
    const mine = [];
    for (const id of begun) {
      if ((await getOperation(world.registry, id)).account_id === facts.accountId) mine.push(id);
    }
    expect(mine).toHaveLength(1);
    expect(await isDue(facts)).toBe(false);
    for (const id of begun) await runToEnd(world, id);
    await expectGone(facts);
  });

  it.each(['undelete', 'purge'] as const)('begins none after an %s that failed', async (kind) => {
    const facts = await deletedAccount();
    const id = await beginOn(world, facts, kind);
    await claimOperation(world.registry, { operationId: id, driver: 'test', now: world.clock.now });
    await world.registry.prepare(`UPDATE operations SET status = 'failed' WHERE id = ?`).bind(id).run();
    expect(await isDue(facts)).toBe(false);
  });

  it('begins none of an account whose deletion is not settled, or that came back', async () => {
    const [unsettled, back] = [await recordSignup(world), await deletedAccount()];
    await runToEnd(world, unsettled.operationId);
    await beginOn(world, unsettled, 'delete', { grace_days: 0 });
    await runToEnd(world, await beginOn(world, back, 'undelete'));
    world.clock.now += 365 * DAY_MS;
    expect([await isDue(unsettled), await isDue(back)]).toEqual([false, false]);
  });
});

/** The registry of a driver that dies before it can record the end of the step at the position. */
function deafTo(registry: D1Database, position: number): D1Database {
  let recorded = -1; // the first batch claims
  return new Proxy(registry, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (property === 'batch' && recorded++ === position) throw new Error('The driver died.');
        return Reflect.apply(member, target, args);
      };
    },
  });
}
