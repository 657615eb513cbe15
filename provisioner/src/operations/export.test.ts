import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVERY_VALUE } from '#test/support/every-value.ts';
import {
  beginOn,
  type ProvisionFacts,
  type Provisioning,
  recordSignup,
  runToEnd,
  startProvisioning,
} from '#test/support/provisioning.ts';
import { MAX_STATEMENT_BYTES } from '../exports/shorten-statement.ts';
import { statementsOf } from '../exports/statement-splitter.ts';
import { getOperation } from '../registry/operations.ts';
import { type OperationPorts, runOperation } from './run-operation.ts';

let world: Provisioning;
let account: ProvisionFacts;
let databaseId: string;
/** An account as it is made: what fails does so faster. */
let plain: ProvisionFacts;
let plainDatabaseId: string;

async function provision(): Promise<[ProvisionFacts, string]> {
  const made = await recordSignup(world);
  await runToEnd(world, made.operationId);
  return [made, (await world.cloudflare.findDatabase(`fh-${made.stackId}`))?.id ?? expect.fail('none')];
}

beforeAll(async () => {
  world = await startProvisioning();
  [account, databaseId] = await provision();
  [plain, plainDatabaseId] = await provision();
  await world.cloudflare.queryDatabase(databaseId, EVERY_VALUE);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.control.removeFaults();
  await world.control.clearCalls();
});

async function exported(operationId: string) {
  const row = await world.registry.prepare('SELECT * FROM exports WHERE id = ?').bind(operationId).first();
  const object = await world.exportBucket.get(String(row?.object_key));
  return { row: row ?? expect.fail('no row'), sql: (await object?.text()) ?? expect.fail('no file') };
}

/** How often Cloudflare was asked for an export. */
async function exportsAsked(): Promise<number> {
  return (await world.control.apiCalls()).filter((call) => call.endsWith('/export')).length;
}

/** What a file restores to, in an SQLite that is none of Cloudflare's. */
function restore(sql: string): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(`BEGIN;${sql}COMMIT;`);
  return database;
}

type Calls = ReturnType<OperationPorts['cloudflare']>;

/** The calls as functions of their own, so that a test can put another in the place of one. */
function methodsOf(cloudflare: Calls): Calls {
  return {
    createDatabase: (...args) => cloudflare.createDatabase(...args),
    findDatabase: (...args) => cloudflare.findDatabase(...args),
    getDatabase: (...args) => cloudflare.getDatabase(...args),
    deleteDatabase: (...args) => cloudflare.deleteDatabase(...args),
    queryDatabase: (...args) => cloudflare.queryDatabase(...args),
    exportDatabase: (...args) => cloudflare.exportDatabase(...args),
    importDatabase: (...args) => cloudflare.importDatabase(...args),
    readBookmark: (...args) => cloudflare.readBookmark(...args),
    restoreDatabase: (...args) => cloudflare.restoreDatabase(...args),
    uploadAccountWorker: (...args) => cloudflare.uploadAccountWorker(...args),
    deleteAccountWorker: (...args) => cloudflare.deleteAccountWorker(...args),
    createCustomHostname: (...args) => cloudflare.createCustomHostname(...args),
    findCustomHostname: (...args) => cloudflare.findCustomHostname(...args),
    deleteCustomHostname: (...args) => cloudflare.deleteCustomHostname(...args),
  };
}

describe('export', () => {
  let operationId: string;
  let sql: string;
  let row: Record<string, unknown>;

  beforeAll(async () => {
    operationId = await beginOn(world, account, 'export');
    await runToEnd(world, operationId);
    ({ sql, row } = await exported(operationId));
  });

  it('succeeds, and records what it wrote and that it restores', async () => {
    expect(await getOperation(world.registry, operationId)).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'ensure-export' }, { name: 'verify-export' }],
    });
    expect(row).toMatchObject({
      account_id: account.accountId,
      stack_id: account.stackId,
      status: 'verified',
      object_key: `accounts/${account.accountId}/${operationId}/${row.at_bookmark}.sql`,
      size_bytes: Buffer.byteLength(sql),
      sha256: createHash('sha256').update(sql).digest('hex'),
      md5: createHash('md5').update(sql).digest('hex'),
      verified_at: expect.any(Number),
    });
  });

  it('leaves no scratch database', async () => {
    expect(await world.cloudflare.findDatabase(`fh-verify-${operationId}`)).toBeNull();
  });

  it('writes no statement that D1 would not take', async () => {
    for await (const statement of statementsOf(new Blob([sql]).stream())) {
      expect(Buffer.byteLength(statement)).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
    }
  });

  it('writes a file that any SQLite restores, value for value', async () => {
    const restored = restore(sql);
    const tables = ['leaves', 'branches', 'pairs', 'counted', '"odd; ""name"', 'empty', 'users', 'changes'];
    for (const table of tables) {
      const columns = restored.prepare(`SELECT name FROM pragma_table_xinfo(${literal(table)})`).all();
      const values = columns.map(({ name }) => `typeof("${name}") || hex("${name}")`);
      // A digest of each value: rows are larger than an answer may be.
      const query = `SELECT ${values.join(` || '|' || `)} AS row FROM ${table}`;
      const [before = []] = await world.cloudflare.queryDatabase(databaseId, [
        `SELECT length(row) AS length, substr(row, 1, 300) AS start, substr(row, -300) AS end FROM (${query})`,
      ]);
      const after = restored
        .prepare(
          `SELECT length(row) AS length, substr(row, 1, 300) AS start, substr(row, -300) AS end FROM (${query})`,
        )
        .all();
      expect(
        after.map((seen) => ({ ...seen })),
        table,
      ).toEqual(before);
    }
    expect(restored.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    expect(restored.prepare(`INSERT INTO counted (value) VALUES (1) RETURNING id`).get()).toEqual({ id: 43 });
    restored.exec(`UPDATE leaf_names SET name = 'Ash' WHERE id = -9`);
    expect(restored.prepare('SELECT name FROM leaf_names WHERE id = -9').get()).toEqual({ name: 'Ash' });
    expect(() => restored.exec(`UPDATE leaf_names SET name = ';' WHERE id = 1`)).toThrow('no; not so');
    expect(schemaOf(restored)).not.toContainEqual(expect.objectContaining({ name: '_freehold_pieces' }));
  });
});

function literal(table: string): string {
  const name = table.startsWith('"') ? table.slice(1, -1).replaceAll('""', '"') : table;
  return `'${name}'`;
}

function schemaOf(database: DatabaseSync) {
  return database.prepare('SELECT name FROM sqlite_schema').all();
}

describe('an export that meets failures', () => {
  it('comes to the same end whichever reply is lost', async () => {
    const undisturbed = await beginOn(world, plain, 'export');
    await runToEnd(world, undisturbed);
    const calls = (await world.control.apiCalls()).length;
    expect(calls).toBeGreaterThan(8);
    const { row: expected } = await exported(undisturbed);
    for (let lost = 0; lost < calls; lost += 1) {
      const operationId = await beginOn(world, plain, 'export');
      await world.control.clearCalls();
      const fault = await world.control.addFault({ kind: 'drop-after', on: 'api', skip: lost });
      await runToEnd(world, operationId);
      const at = `call ${lost}: ${(await world.control.apiCalls())[lost]}`;
      await world.control.removeFault(fault);
      expect((await getOperation(world.registry, operationId)).status, at).toBe('succeeded');
      const { row } = await exported(operationId);
      expect([row.status, row.sha256], at).toEqual(['verified', expected.sha256]);
      expect(await world.cloudflare.findDatabase(`fh-verify-${operationId}`), at).toBeNull();
      const { objects } = await world.exportBucket.list({
        prefix: `accounts/${plain.accountId}/${operationId}/`,
      });
      expect(
        objects.map(({ key }) => key),
        at,
      ).toEqual([row.object_key]);
    }
  }, 300_000);

  it('refuses a file that restores to something else, and leaves no scratch database', async () => {
    const operationId = await beginOn(world, plain, 'export');
    const cloudflare: OperationPorts['cloudflare'] = (caller) => {
      const calls = methodsOf(world.ports.cloudflare(caller));
      const exportDatabase: Calls['exportDatabase'] = async (id, bookmark) => {
        const change = `UPDATE users SET password_hash = 'changed'`;
        if (id !== plainDatabaseId) await world.cloudflare.queryDatabase(id, [change]);
        return calls.exportDatabase(id, bookmark);
      };
      return { ...calls, exportDatabase };
    };
    const ports = { ...world.ports, cloudflare };
    await runToEnd({ ...world, ports }, operationId);
    const operation = await getOperation(world.registry, operationId);
    expect([operation.status, operation.error?.code]).toEqual(['failed', 'EXPORT_NOT_RESTORABLE']);
    expect(await world.cloudflare.findDatabase(`fh-verify-${operationId}`)).toBeNull();
    expect((await exported(operationId)).row.status).toBe('written');
    expect(world.log.at(-1)).toMatchObject({ context: { table: '"users"' } });
  });

  it.each([
    ['an integer that JavaScript rounds', `INSERT INTO inexact VALUES (9007199254740993)`],
    ['a whole real that would become an integer', `INSERT INTO inexact VALUES (4.0)`],
    ['a line break beside a written one', `INSERT INTO inexact VALUES ('a\\n' || char(10))`],
    ['a NUL', `INSERT INTO inexact VALUES ('a' || char(0))`],
  ])('refuses what D1 would not carry over: %s', async (_, insert) => {
    await world.cloudflare.queryDatabase(plainDatabaseId, ['CREATE TABLE inexact (a)', insert]);
    const operationId = await beginOn(world, plain, 'export');
    await runToEnd(world, operationId);
    expect(await getOperation(world.registry, operationId)).toMatchObject({
      status: 'failed',
      error: { code: 'EXPORT_NOT_EXACT' },
    });
    expect(world.log.at(-1)).toMatchObject({ context: { columns: ['inexact.a'] } });
    await world.cloudflare.queryDatabase(plainDatabaseId, ['DROP TABLE inexact']);
  });
});

describe('a step that lasts longer than a lease', () => {
  it('keeps the operation while it runs', async () => {
    const operationId = await beginOn(world, plain, 'export');
    let renew: () => void = () => undefined;
    const sleep = () =>
      new Promise<void>((resolve) => {
        renew = resolve;
      });
    const held = await world.control.addFault({ kind: 'hold-before', path: '/d1/database/*/export' });
    const slow = runOperation({ ...world.ports, sleep }, operationId, 'slow');
    await expect.poll(() => exportsAsked(), { timeout: 20_000 }).toBe(1);
    for (let round = 0; round < 5; round += 1) {
      world.clock.now += 20_000;
      const before = await availableAt(operationId);
      renew();
      await expect.poll(() => availableAt(operationId)).toBeGreaterThan(before);
      const outcome = await runOperation(world.ports, operationId, 'other');
      expect(outcome).toEqual({ finished: false, availableAt: world.clock.now + 30_000 });
    }
    await world.control.releaseFault(held);
    await slow;
    expect(world.log).not.toContainEqual(
      expect.objectContaining({ event: 'lease-lost', operation_id: operationId }),
    );
    await runToEnd(world, operationId);
    expect((await getOperation(world.registry, operationId)).status).toBe('succeeded');
  });

  it('is abandoned by the driver that lost the operation', async () => {
    const operationId = await beginOn(world, plain, 'export');
    let renew: () => void = () => undefined;
    const sleep = () =>
      new Promise<void>((resolve) => {
        renew = resolve;
      });
    const held = await world.control.addFault({ kind: 'hold-before', path: '/d1/database/*/export' });
    const slow = runOperation({ ...world.ports, sleep }, operationId, 'slow');
    await expect.poll(() => exportsAsked(), { timeout: 20_000 }).toBe(1);
    world.clock.now += 30_000;
    await runOperation(world.ports, operationId, 'quick');
    renew();
    await slow;
    expect(world.log).toContainEqual(
      expect.objectContaining({ event: 'lease-lost', operation_id: operationId }),
    );
    await world.control.releaseFault(held);
    await runToEnd(world, operationId);
    expect((await exported(operationId)).row.status).toBe('verified');
  });
});

async function availableAt(operationId: string): Promise<number> {
  const row = world.registry.prepare('SELECT available_at FROM operations WHERE id = ?').bind(operationId);
  return Number(await row.first('available_at'));
}
