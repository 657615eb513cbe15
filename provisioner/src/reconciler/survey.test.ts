import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NAMESPACE, type Provisioning, recordSignup, startProvisioning } from '#test/support/provisioning.ts';
import {
  type MadeStack,
  makeStack,
  openFindingKinds,
  portsWith,
  surveyLater,
  uploadOther,
} from '#test/support/surveyed-world.ts';
import { runOperation } from '../operations/run-operation.ts';
import { newOperation } from '../registry/insert-operation.ts';
import { SURVEY_EVERY_MS } from '../registry/surveys.ts';
import { survey } from './survey.ts';

const CRON = { actor: 'reconciler', repair: false, removeOrphans: false, after: null } as const;

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.control.removeFaults();
  await world.control.clearCalls();
});

async function eventsOf(accountId: string): Promise<string[]> {
  const { results } = await world.registry
    .prepare('SELECT actor, action FROM events WHERE target_id = ? ORDER BY id')
    .bind(accountId)
    .all<{ actor: string; action: string }>();
  return results.map(({ actor, action }) => `${actor} ${action}`);
}

const SECRET = 'cf-api-token-nobody-may-read';

function withPrivateKey(): string {
  const { keys } = JSON.parse(world.ports.platform.publicKeys);
  return JSON.stringify({ keys: [{ ...keys[0], d: SECRET }] });
}

const change = ({ databaseId }: MadeStack, sql: string) => world.cloudflare.queryDatabase(databaseId, [sql]);

async function setStack(stackId: string, assignment: string, value: string): Promise<void> {
  await world.registry.prepare(`UPDATE stacks SET ${assignment} = ? WHERE id = ?`).bind(value, stackId).run();
}

describe('a survey', () => {
  it('finds nothing wrong with stacks that are as they should be', async () => {
    const stacks = [await makeStack(world), await makeStack(world)];
    const report = await surveyLater(world);
    expect(report).toEqual({
      ...{
        stacks: 2,
        databases: 2,
        workers: 2,
        settled: 2,
        unsettled: 0,
        looked_into: 2,
        schemas_compared: 2,
      },
      ...{ postponed: 0, next_after: null, open: {}, repairs: [], removed: [], kept: [] },
    });
    const settings = stacks.map(
      ({ name }) => `GET /workers/dispatch/namespaces/${NAMESPACE}/scripts/${name}/settings`,
    );
    const calls = await world.control.apiCalls();
    expect(
      calls.filter((call) => /^(POST|PUT|PATCH|DELETE)/.test(call) && !call.startsWith('POST /d1')),
    ).toHaveLength(2);
    expect(calls).toEqual(expect.arrayContaining(settings));
  });

  it('leaves alone what was made too lately for a list to show it', async () => {
    const fresh = await makeStack(world);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, fresh.name);
    const report = await surveyLater(world, { afterMs: 1000 });
    expect(report.open).toEqual({});
    expect(await surveyLater(world, { repair: true })).toMatchObject({ open: { WORKER_MISSING: 1 } });
  });

  it('is believed only where the registry says afterwards what it said before', async () => {
    const changing = await makeStack(world);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, changing.name);
    const ports = portsWith(world, (cloudflare) => {
      const read = cloudflare.accountWorkerSettings.bind(cloudflare);
      cloudflare.accountWorkerSettings = async (namespace, name) => {
        const seen = await read(namespace, name);
        if (name === changing.name) await setStack(changing.stackId, 'updated_at', String(world.clock.now));
        return seen;
      };
    });
    expect((await surveyLater(world, { ports })).open).toEqual({});
    expect((await surveyLater(world)).open).toEqual({ WORKER_MISSING: 1 });
    await surveyLater(world, { repair: true });
    expect((await surveyLater(world)).open).toEqual({});
  });

  it('is no news of a stack that an operation works on', async () => {
    const { accountId, stackId, name } = await makeStack(world);
    await world.cloudflare.deleteAccountWorker(NAMESPACE, name);
    const { id } = newOperation({
      id: world.ports.newId(),
      kind: 'suspend',
      accountId,
      now: world.clock.now,
    });
    await world.registry
      .prepare(
        `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
         VALUES (?1, 'suspend', ?2, ?3, 'pending', '{}', 0, 0, 0)`,
      )
      .bind(id, accountId, stackId)
      .run();
    expect((await surveyLater(world)).open).toEqual({});
    await world.registry.prepare('DELETE FROM operations WHERE id = ?').bind(id).run();
    await surveyLater(world, { repair: true });
    expect((await surveyLater(world)).open).toEqual({});
  });

  it('believes no list that lags: nothing is found missing', async () => {
    const lag = await world.control.addFault({ kind: 'lag', method: 'GET', ms: 3_600_000, count: null });
    const report = await surveyLater(world);
    expect(report).toMatchObject({ databases: 0, workers: 0, open: {} });
    expect(report.looked_into).toBeGreaterThan(0);
    await world.control.removeFault(lag);
  });

  it('is made once where two begin at once, and by the cron only when it is due', async () => {
    world.clock.now += SURVEY_EVERY_MS;
    const reports = await Promise.all([survey(world.surveyPorts, CRON), survey(world.surveyPorts, CRON)]);
    expect(reports.filter((report) => report !== null)).toHaveLength(1);
    const lists = (await world.control.apiCalls()).filter((call) => call.startsWith('GET /d1/database?'));
    expect(lists).toHaveLength(1);
    expect(await survey(world.surveyPorts, CRON)).toBeNull();
    world.clock.now += SURVEY_EVERY_MS;
    expect(await survey(world.surveyPorts, CRON)).not.toBeNull();
  });

  it('can be made again after one that failed', async () => {
    await world.control.addFault({ kind: 'fail-before', method: 'GET', path: '/d1/database' });
    await expect(surveyLater(world)).rejects.toMatchObject({ code: 'CLOUDFLARE_UNAVAILABLE' });
    await expect(surveyLater(world)).resolves.toMatchObject({ open: {} });
  });
});

describe('what is wrong is found, and repaired where it may be', () => {
  const broken: Record<string, { readonly stack: MadeStack; readonly kinds: string[] }> = {};
  const breaks: Record<string, [kinds: string[], breaking: (stack: MadeStack) => Promise<unknown>]> = {
    'a Worker that is gone': [
      ['WORKER_MISSING'],
      ({ name }) => world.cloudflare.deleteAccountWorker(NAMESPACE, name),
    ],
    'a Worker that is bound to the database of another': [
      ['WORKER_BINDINGS'],
      async (stack) => uploadOther(world, stack, { databaseId: (await makeStack(world)).databaseId }),
    ],
    'a Worker that is bound to a secret of the platform': [
      ['WORKER_BINDINGS', 'WORKER_SECRET'],
      (stack) =>
        uploadOther(world, stack, { more: [{ type: 'secret_text', name: 'API_TOKEN', text: SECRET }] }),
    ],
    'a Worker that is bound to an API token as a plain text': [
      ['WORKER_BINDINGS', 'WORKER_SECRET'],
      (stack) => uploadOther(world, stack, { texts: { MORE: SECRET } }),
    ],
    'a Worker that has an API token in place of the release': [
      ['WORKER_SECRET'],
      (stack) => uploadOther(world, stack, { texts: { RELEASE_ID: SECRET } }),
    ],
    'a Worker that has a private key among the public ones': [
      ['WORKER_SECRET'],
      (stack) => uploadOther(world, stack, { texts: { PLATFORM_KEYS: withPrivateKey() } }),
    ],
    'a Worker that is bound to a second database': [
      ['WORKER_BINDINGS'],
      async (stack) => {
        const { databaseId: database_id } = await makeStack(world);
        await uploadOther(world, stack, { more: [{ type: 'd1', name: 'OTHER', database_id }] });
      },
    ],
    'a Worker with the keys of before': [
      ['WORKER_BINDINGS'],
      (stack) => uploadOther(world, stack, { texts: { PLATFORM_KEYS: '{"keys":[]}' } }),
    ],
    'a Worker that runs another program': [
      ['WORKER_UNHEALTHY'],
      (stack) => uploadOther(world, stack, { code: 'export default { fetch: () => new Response("mine") }' }),
    ],
    'a Worker with other tags': [['WORKER_TAGS'], (stack) => uploadOther(world, stack, { tags: ['mine'] })],
    'a Worker of another release': [
      ['RELEASE_BEHIND'],
      (stack) => uploadOther(world, stack, { texts: { RELEASE_ID: 'fedcba9876543210' } }),
    ],
  };
  const beyondRepair: typeof breaks = {
    'a database that is gone': [
      ['DATABASE_MISSING'],
      ({ databaseId }) => world.cloudflare.deleteDatabase(databaseId),
    ],
    'a database of another name and place': [
      ['DATABASE_JURISDICTION', 'DATABASE_MISNAMED', 'WORKER_BINDINGS'],
      async ({ stackId }) => {
        const other = await world.cloudflare.createDatabase(`other-${stackId}`, 'us' as 'eu'); // past the platform
        await setStack(stackId, 'database_id', other.id);
      },
    ],
    'a database in another jurisdiction': [
      ['DATABASE_JURISDICTION', 'WORKER_BINDINGS'],
      async ({ stackId, name, databaseId }) => {
        await world.cloudflare.deleteDatabase(databaseId);
        const other = await world.cloudflare.createDatabase(name, 'us' as 'eu'); // past the platform
        await setStack(stackId, 'database_id', other.id);
      },
    ],
    'a database that another row names too': [
      ['DATABASE_SHARED'],
      async ({ stackId }) => {
        const [id, worker] = [world.ports.newId(), `fh-${world.ports.newId()}`];
        await world.registry
          .prepare(
            `INSERT INTO stacks (id, status, residency, cell, worker_name, dispatch_namespace, database_id, release_id, created_at, updated_at)
             SELECT ?, 'ready', residency, 'other', ?, dispatch_namespace, database_id, release_id, 0, 0 FROM stacks WHERE id = ?`,
          )
          .bind(id, worker, stackId)
          .run();
      },
    ],
    'a database with a column too many': [
      ['SCHEMA_DRIFT'],
      (stack) => change(stack, 'ALTER TABLE clients ADD COLUMN notes TEXT'),
    ],
    'a database without one of its indexes': [
      ['SCHEMA_DRIFT'],
      (stack) => change(stack, 'DROP INDEX idempotency_keys_by_expiry'),
    ],
    'a database with a table too many': [
      ['SCHEMA_DRIFT'],
      (stack) => change(stack, 'CREATE TABLE copies (id TEXT)'),
    ],
    'a ledger with another checksum': [
      ['SCHEMA_DRIFT'],
      (stack) =>
        change(stack, `UPDATE d1_migrations SET checksum = 'x' WHERE name = '0002_create_users.sql'`),
    ],
    'a ledger with a migration of no release': [
      ['SCHEMA_DRIFT'],
      (stack) => change(stack, `INSERT INTO d1_migrations (name, checksum) VALUES ('0999_mine.sql', 'x')`),
    ],
    'a database that says that it is of another account': [
      ['IDENTITY_MISMATCH'],
      ({ databaseId }) =>
        world.cloudflare.queryDatabase(databaseId, [
          `UPDATE stack_identity SET account_id = '${world.ports.newId()}'`,
        ]),
    ],
    'a database that says that it is of another stack': [
      ['IDENTITY_MISMATCH'],
      ({ databaseId }) =>
        world.cloudflare.queryDatabase(databaseId, [
          `UPDATE stack_identity SET stack_id = '${world.ports.newId()}'`,
        ]),
    ],
  };

  beforeAll(async () => {
    for (const [name, [kinds, breaking]] of Object.entries({ ...breaks, ...beyondRepair })) {
      const stack = await makeStack(world);
      await breaking(stack);
      broken[name] = { stack, kinds };
    }
    await surveyLater(world);
    await surveyLater(world);
    await surveyLater(world);
  });

  it.each(Object.keys({ ...breaks, ...beyondRepair }))('%s', async (name) => {
    const { stack, kinds } = broken[name] ?? expect.fail('It was broken.');
    expect((await openFindingKinds(world))[stack.stackId]).toEqual(kinds);
  });

  it('and no value of a binding is told to anybody', async () => {
    const { results } = await world.registry.prepare('SELECT expected, seen FROM findings').all();
    expect(JSON.stringify(results)).not.toContain(SECRET);
    expect(JSON.stringify(world.log)).not.toContain(SECRET);
    expect(JSON.stringify(results)).toContain('secret_text API_TOKEN');
  });

  it('and of a schema which object and which row of the ledger differs, by name', async () => {
    const { results } = await world.registry
      .prepare(`SELECT DISTINCT seen FROM findings WHERE kind = 'SCHEMA_DRIFT' ORDER BY seen`)
      .all<{ seen: string }>();
    expect(results.map(({ seen }) => JSON.parse(seen))).toEqual([
      { changed: ['table clients'] },
      { extra: ['table copies'] },
      { migrations: ['0002_create_users.sql'] },
      { migrations: ['0999_mine.sql'] },
      { missing: ['index idempotency_keys_by_expiry'] },
    ]);
  });

  it('by one operation for each account, and never where its database is gone or is not its own', async () => {
    const { repairs } = await surveyLater(world, { repair: true });
    expect(repairs).toHaveLength(Object.keys(breaks).length);
    await surveyLater(world, { repair: true });
    const left = await openFindingKinds(world);
    const expected = Object.keys(beyondRepair).map((name) => broken[name]);
    expect(left).toEqual(Object.fromEntries(expected.map((it) => [it?.stack.stackId, it?.kinds])));
    for (const name of Object.keys(breaks)) {
      const account = broken[name]?.stack.accountId ?? '';
      expect(await eventsOf(account)).toEqual([
        'operation provision.succeeded',
        'admin repair.began',
        'operation repair.succeeded',
      ]);
    }
  });

  it('and a repair that was begun all the same makes no database', async () => {
    const { stack } = broken['a database that is gone'] ?? expect.fail('It was broken.');
    const { operationId } = await recordSignup(world);
    await world.registry
      .prepare(`UPDATE operations SET kind = 'repair', account_id = ?, stack_id = ? WHERE id = ?`)
      .bind(stack.accountId, stack.stackId, operationId)
      .run();
    await world.registry
      .prepare(`UPDATE operation_steps SET name = 'require-database' WHERE operation_id = ? AND position = 0`)
      .bind(operationId)
      .run();
    await runOperation(world.ports, operationId, 'test');
    const { results } = await world.registry
      .prepare(`SELECT status, error ->> 'code' AS code FROM operations WHERE id = ?`)
      .bind(operationId)
      .all();
    expect(results).toEqual([{ status: 'failed', code: 'DATABASE_NOT_FOUND' }]);
    expect(await world.cloudflare.findDatabase(stack.name)).toBeNull();
  });
});
