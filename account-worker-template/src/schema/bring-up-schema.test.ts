import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ACCOUNT_SCHEMA_VERSION,
  ACCOUNT_MIGRATION_NAMES as NAMES,
} from '#test/support/account-migrations.ts';
import { AccountWorkers, type Answered, type Stack } from '#test/support/account-worker.ts';

const FOLDER = join(import.meta.dirname, '../../../migrations/account');
let workers: AccountWorkers | undefined;

afterEach(() => workers?.stop());

async function start(...stacks: readonly Stack[]): Promise<AccountWorkers> {
  workers = await AccountWorkers.start(...stacks);
  return workers;
}

async function control(stack: Stack, method: string, path: string, order: object = {}): Promise<Answered> {
  if (!workers) throw new Error('Nothing was started.');
  const token = await workers.controlToken(stack);
  return workers.send(stack, `/_platform/${path}`, {
    method,
    token,
    ...(method === 'POST' && { body: order }),
  });
}

async function run(stack: Stack, sql: string) {
  const database = await workers?.database(stack);
  const result = await database?.prepare(sql).all<Record<string, unknown>>();
  return result?.results;
}

async function tables(stack: Stack) {
  const rows = await run(stack, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  return rows?.map(({ name }) => String(name)).filter((name) => !/^(sqlite_|_cf_)/.test(name));
}

describe('a fresh database', () => {
  test('is adopted and migrated by the first call', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    expect((await control(stack, 'GET', 'health')).body).toEqual({
      stack_id: stack.stackId,
      account_id: null,
      release_id: '0123456789abcdef',
      schema_version: ACCOUNT_SCHEMA_VERSION,
    });
    const ledger = await run(stack, 'SELECT id, name, checksum FROM d1_migrations ORDER BY id');
    expect(ledger).toEqual(
      NAMES.map((name, index) => ({
        id: index + 1,
        name,
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      })),
    );
  });

  test('is told what was applied, once', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    const [first, second] = [
      await control(stack, 'POST', 'migrate'),
      await control(stack, 'POST', 'migrate'),
    ];
    expect(first).toMatchObject({
      status: 200,
      body: { schema_version: ACCOUNT_SCHEMA_VERSION, applied: NAMES },
    });
    expect(second).toMatchObject({
      status: 200,
      body: { schema_version: ACCOUNT_SCHEMA_VERSION, applied: [] },
    });
  });

  test('is adopted where only an empty ledger is there', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await run(
      stack,
      'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, checksum TEXT)',
    );
    expect((await control(stack, 'POST', 'migrate')).body.applied).toEqual(NAMES);
  });

  test('is migrated once where two isolates meet it at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      const databaseId = randomUUID();
      // Two bindings of one database that say they are the same stack: what two isolates of one Worker are.
      const one = { stackId: randomUUID(), databaseId };
      const two = { stackId: `${one.stackId}-again`, databaseId, identity: one.stackId };
      await start(one, two);
      const answers = await Promise.all(
        [one, two, one, two].map((stack) => control({ ...stack }, 'POST', 'migrate')),
      );
      expect(answers.map(({ status, body }) => [status, body.schema_version])).toEqual(
        answers.map(() => [200, ACCOUNT_SCHEMA_VERSION]),
      );
      expect(answers.flatMap(({ body }) => body.applied).sort()).toEqual(NAMES);
      expect(await run(one, 'SELECT name FROM d1_migrations ORDER BY id')).toEqual(
        NAMES.map((name) => ({ name })),
      );
      expect(await run(one, 'SELECT stack_id FROM stack_identity')).toEqual([{ stack_id: one.stackId }]);
      await workers?.stop();
    }
  });
});

describe('a database that is not the stack’s own', () => {
  const MISMATCH = { status: 500, body: { error: { code: 'STACK_IDENTITY_MISMATCH' } } };

  test('is refused where another stack adopted it', async () => {
    const own = { stackId: randomUUID() };
    const foreign = { stackId: randomUUID(), databaseId: own.stackId };
    await start(own, foreign);
    expect((await control(own, 'GET', 'health')).status).toBe(200);
    for (const [method, path] of [
      ['GET', 'health'],
      ['POST', 'migrate'],
    ] as const) {
      expect(await control(foreign, method, path)).toMatchObject(MISMATCH);
    }
    expect(await run(own, 'SELECT stack_id FROM stack_identity')).toEqual([{ stack_id: own.stackId }]);
  });

  test('is refused and not touched where it holds tables of somebody else', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await run(stack, 'CREATE TABLE letters (id INTEGER PRIMARY KEY)');
    expect(await control(stack, 'POST', 'migrate')).toMatchObject(MISMATCH);
    expect(await tables(stack)).toEqual(['letters']);
  });

  test('is refused where it lost its identity', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await control(stack, 'POST', 'migrate');
    await run(stack, 'DELETE FROM stack_identity');
    expect(await control(stack, 'GET', 'health')).toMatchObject(MISMATCH);
  });

  test('is refused where the ledger says more than the tables', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await run(stack, 'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT, checksum TEXT)');
    await run(stack, "INSERT INTO d1_migrations (name, checksum) VALUES ('0001_create_stack.sql', 'x')");
    expect(await control(stack, 'GET', 'health')).toMatchObject(MISMATCH);
    expect(await tables(stack)).toEqual(['d1_migrations']);
  });

  test('serves no user either', async () => {
    const stack = { stackId: randomUUID() };
    const started = await start(stack);
    await run(stack, 'CREATE TABLE letters (id INTEGER PRIMARY KEY)');
    const ids = { sub: randomUUID(), sid: randomUUID(), account_id: randomUUID() };
    const token = await started.sign({ scope: 'account', aud: stack.stackId, role: 'owner', ...ids });
    expect(await started.send(stack, '/me', { token })).toMatchObject(MISMATCH);
  });
});

const INDEXES_OF_CHANGES = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'changes'";

describe('a migration', () => {
  async function migrated(): Promise<Stack> {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await control(stack, 'POST', 'migrate');
    return stack;
  }

  test('that was edited after it was applied is refused', async () => {
    const stack = await migrated();
    await run(stack, "UPDATE d1_migrations SET checksum = 'other' WHERE name = '0002_create_users.sql'");
    expect(await control(stack, 'POST', 'migrate')).toMatchObject({
      status: 500,
      body: { error: { code: 'MIGRATION_EDITED', context: { migration: '0002_create_users.sql' } } },
    });
  });

  test('that a later release brought is served on, for the schema goes first', async () => {
    const stack = await migrated();
    await run(stack, "INSERT INTO d1_migrations (name, checksum) VALUES ('0999_later.sql', 'x')");
    expect(await control(stack, 'GET', 'health')).toMatchObject({
      status: 200,
      body: { schema_version: 999 },
    });
    expect(await control(stack, 'POST', 'migrate')).toMatchObject({ status: 200, body: { applied: [] } });
  });

  test('that fails leaves nothing of itself, is named, and is tried again at the next call', async () => {
    const stack = await migrated();
    await run(stack, "DELETE FROM d1_migrations WHERE name >= '0002'");
    await run(stack, 'DROP TABLE users');
    // 0002 makes users first; that sessions is in its way is found only afterwards.
    expect(await control(stack, 'POST', 'migrate')).toMatchObject({
      status: 500,
      body: { error: { code: 'MIGRATION_FAILED', context: { migration: '0002_create_users.sql' } } },
    });
    expect(await tables(stack)).not.toContain('users');
    expect(await run(stack, 'SELECT name FROM d1_migrations')).toEqual([{ name: '0001_create_stack.sql' }]);

    const first = ['d1_migrations', 'stack_identity', 'changes', 'idempotency_keys'];
    for (const table of (await tables(stack)) ?? []) {
      if (!first.includes(table)) await run(stack, `DROP TABLE ${table}`);
    }
    for (const { name } of (await run(stack, INDEXES_OF_CHANGES)) ?? [])
      await run(stack, `DROP INDEX ${name}`);
    expect(await control(stack, 'POST', 'migrate')).toMatchObject({
      status: 200,
      body: { schema_version: ACCOUNT_SCHEMA_VERSION, applied: NAMES.slice(1) },
    });
  });
});

describe('the migrations of a later release', async () => {
  const OWN = await Promise.all(
    NAMES.map(async (name) => ({ name, sql: await readFile(join(FOLDER, name), 'utf8') })),
  );
  const LATER = {
    name: '0900_create_notes.sql',
    sql: 'CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL) STRICT;',
  };

  test('are applied by the Worker that does not know them, after its own, once, and it goes on serving', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    const order = { migrations: [...OWN, LATER] };
    const first = await control(stack, 'POST', 'migrate', order);
    expect(first).toMatchObject({
      status: 200,
      body: { schema_version: 900, applied: [...NAMES, LATER.name], bookmark_before: expect.any(String) },
    });
    const second = await control(stack, 'POST', 'migrate', order);
    expect(second.body).toEqual({ schema_version: 900, applied: [], bookmark_before: null });
    expect(await tables(stack)).toContain('notes');
    expect((await control(stack, 'GET', 'health')).body.schema_version).toBe(900);
  });

  test('leave nothing where the data breaks them, and the Worker goes on serving', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await control(stack, 'POST', 'migrate');
    const breaking = { ...LATER, sql: `${LATER.sql} INSERT INTO notes (id) VALUES (NULL);` };
    expect(await control(stack, 'POST', 'migrate', { migrations: [...OWN, breaking] })).toMatchObject({
      status: 500,
      body: { error: { code: 'MIGRATION_FAILED', context: { migration: LATER.name } } },
    });
    expect(await tables(stack)).not.toContain('notes');
    expect((await control(stack, 'GET', 'health')).body.schema_version).toBe(ACCOUNT_SCHEMA_VERSION);
  });

  test('are refused where they are not those of this Worker and more', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    const [one, ...others] = OWN;
    const edited = [{ name: one?.name, sql: `${one?.sql} -- edited` }, ...others, LATER];
    expect(await control(stack, 'POST', 'migrate', { migrations: edited })).toMatchObject({
      status: 500,
      body: { error: { code: 'MIGRATION_EDITED', context: { migration: one?.name } } },
    });
    expect(await control(stack, 'POST', 'migrate', { migrations: [] })).toMatchObject({
      status: 400,
      body: { error: { code: 'VALIDATION_FAILED', context: { fields: [{ field: 'migrations' }] } } },
    });
    expect(await tables(stack)).not.toContain('notes');
  });

  test('of an earlier release ask for nothing', async () => {
    const stack = { stackId: randomUUID() };
    await start(stack);
    await control(stack, 'POST', 'migrate');
    expect(await control(stack, 'POST', 'migrate', { migrations: OWN.slice(0, 2) })).toMatchObject({
      status: 200,
      body: { schema_version: ACCOUNT_SCHEMA_VERSION, applied: [] },
    });
  });
});
