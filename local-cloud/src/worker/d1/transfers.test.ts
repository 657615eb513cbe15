import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APIError } from 'cloudflare/core/error';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  callApi,
  sdk,
  startTestCloud,
  type TestCloud,
} from '#local-cloud/host/testing/test-cloud.ts';
import { databaseFile } from '#local-cloud/host/time-travel/database-file.ts';

const account_id = ACCOUNT.accountId;
let cloud: TestCloud;
let client: ReturnType<typeof sdk>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = sdk(cloud);
});
afterAll(async () => await cloud.stop());

async function create(name: string, sql = 'CREATE TABLE t (a)'): Promise<string> {
  const { uuid = '' } = await client.d1.database.create({ account_id, name });
  await run(uuid, sql);
  return uuid;
}

async function run(uuid: string, sql: string): Promise<unknown> {
  const { result } = await client.d1.database.query(uuid, { account_id, sql });
  return result.at(-1)?.results;
}

async function exportSql(uuid: string, dump_options = {}): Promise<string> {
  const { result } = await client.d1.database.export(uuid, {
    account_id,
    output_format: 'polling',
    dump_options,
  });
  return await (await fetch(result?.signed_url ?? '')).text();
}

function md5(sql: string): string {
  return createHash('md5').update(sql).digest('hex');
}

async function importSql(uuid: string, sql: string) {
  const etag = md5(sql);
  const { upload_url = '', filename = '' } = await client.d1.database.import(uuid, {
    account_id,
    action: 'init',
    etag,
  });
  const uploaded = await fetch(upload_url, { method: 'PUT', body: sql });
  expect(uploaded.headers.get('etag')).toBe(`"${etag}"`);
  return await client.d1.database.import(uuid, { account_id, action: 'ingest', etag, filename });
}

const SCHEMA = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, bytes BLOB, next_id REFERENCES parent (id));
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id REFERENCES parent (id), size REAL);
  CREATE INDEX parent_by_name ON parent (name);
  CREATE VIEW names AS SELECT name FROM parent;
  CREATE TRIGGER guard BEFORE DELETE ON parent BEGIN SELECT RAISE (ABORT, 'kept; always'); END;
  INSERT INTO parent VALUES (7, 'it''s; a' || char(10) || 'name', X'00ff', 9), (9, NULL, NULL, NULL);
  INSERT INTO child VALUES (1, 7, 0.5);
`;

test('exports schema and data, which another database imports', async () => {
  const source = await create('source', SCHEMA);
  const sql = await exportSql(source);
  expect(sql.split('\n')[0]).toBe('PRAGMA defer_foreign_keys=TRUE;');

  const target = await create('target', 'SELECT 1');
  const imported = await importSql(target, sql);
  expect(imported).toMatchObject({
    type: 'import',
    success: true,
    status: 'complete',
    at_bookmark: expect.stringMatching(/^[0-9a-f]{8}-/),
    result: { num_queries: 11, final_bookmark: expect.any(String), meta: { changed_db: true } },
  });
  for (const what of ['SELECT * FROM parent', 'SELECT * FROM child', 'SELECT name FROM names']) {
    expect(await run(target, what)).toEqual(await run(source, what));
  }
  expect(await run(target, 'INSERT INTO parent (name) VALUES (1) RETURNING id')).toEqual([{ id: 10 }]);
  await expect(run(target, 'DELETE FROM parent')).rejects.toThrow('kept; always');
});

test('a poll with the bookmark of an export answers that export again', async () => {
  const uuid = await create('polled');
  const done = await client.d1.database.export(uuid, { account_id, output_format: 'polling' });
  expect(done).toMatchObject({ type: 'export', success: true, status: 'complete' });
  const current_bookmark = done.at_bookmark ?? '';
  expect(
    await client.d1.database.export(uuid, { account_id, output_format: 'polling', current_bookmark }),
  ).toEqual(done);
});

test('leaves out what the dump options say', async () => {
  const uuid = await create('options', 'CREATE TABLE t (a); CREATE TABLE u (b); INSERT INTO t VALUES (1)');
  const head = 'PRAGMA defer_foreign_keys=TRUE;';
  expect(await exportSql(uuid, { no_data: true, tables: ['t'] })).toBe(`${head}\nCREATE TABLE t (a);`);
  expect(await exportSql(uuid, { no_schema: true })).toBe(`${head}\nINSERT INTO "t" ("a") VALUES(1);`);
});

test('refuses to export a database with a virtual table, as D1 does', async () => {
  const uuid = await create('virtual', 'CREATE VIRTUAL TABLE words USING fts5 (word)');
  const done = await client.d1.database.export(uuid, { account_id, output_format: 'polling' });
  expect(done).toMatchObject({
    success: false,
    status: 'error',
    error: 'D1 Export error: cannot export databases with Virtual Tables (fts5)',
  });
});

test('an import that fails leaves nothing behind, and says why to those who poll', async () => {
  const uuid = await create('failing');
  const failed = await importSql(uuid, 'INSERT INTO t VALUES (1); INSERT INTO missing VALUES (2);');
  expect(failed).toMatchObject({
    success: false,
    status: 'error',
    error: 'no such table: missing: SQLITE_ERROR',
  });
  expect(await run(uuid, 'SELECT * FROM t')).toEqual([]);
  const current_bookmark = failed.at_bookmark ?? '';
  expect(await client.d1.database.import(uuid, { account_id, action: 'poll', current_bookmark })).toEqual(
    failed,
  );
});

test('refuses to import a statement over 100 KB, which it exports', async () => {
  const long = `INSERT INTO t VALUES (replace(hex(zeroblob(60000)), '0', 'x'))`;
  const sql = await exportSql(await create('long', `CREATE TABLE t (a); ${long}`));
  expect(await importSql(await create('short', 'SELECT 1'), sql)).toMatchObject({
    success: false,
    error: 'statement too long: SQLITE_TOOBIG',
  });
});

test('refuses to import rows before the table they refer to, as D1 exports them', async () => {
  const tables = 'CREATE TABLE child (parent_id REFERENCES parent); CREATE TABLE parent (id PRIMARY KEY)';
  const rows = `INSERT INTO parent VALUES ('x'); INSERT INTO child VALUES ('x')`;
  const sql = await exportSql(await create('backwards', `${tables}; ${rows}`));
  expect(await importSql(await create('forwards', 'SELECT 1'), sql)).toMatchObject({
    success: false,
    error: 'no such table: main.parent: SQLITE_ERROR',
  });
});

test('a file that is there already is run at once', async () => {
  const uuid = await create('again');
  const sql = 'INSERT INTO t VALUES (1)';
  await importSql(uuid, sql);
  const again = await client.d1.database.import(uuid, { account_id, action: 'init', etag: md5(sql) });
  expect(again).toMatchObject({ status: 'complete', result: { num_queries: 1 } });
  expect(await run(uuid, 'SELECT * FROM t')).toEqual([{ a: 1 }, { a: 1 }]);
});

test("does not run a file whose contents are not those of its etag, or another database's", async () => {
  const [uuid, other] = [await create('mixed-up'), await create('mixed-up-other')];
  const etag = md5('SELECT 1');
  const { upload_url = '', filename = '' } = await client.d1.database.import(uuid, {
    account_id,
    action: 'init',
    etag,
  });
  await fetch(upload_url, { method: 'PUT', body: 'DROP TABLE t' });
  for (const database of [uuid, other]) {
    const ingest = client.d1.database.import(database, { account_id, action: 'ingest', etag, filename });
    const error = await ingest.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 400, errors: [{ code: 7400 }] });
  }
});

test('does not run a file under a name that is not its own', async () => {
  const uuid = await create('misnamed');
  const sql = 'INSERT INTO t VALUES (1)';
  await importSql(uuid, sql);
  const ingest = client.d1.database.import(uuid, {
    account_id,
    action: 'ingest',
    etag: md5(sql),
    filename: 'other.sql',
  });
  const message = 'The file other.sql is not one of this database and etag';
  expect(await ingest.catch((thrown: unknown) => thrown)).toMatchObject({
    errors: [{ code: 7400, message }],
  });
  expect(await run(uuid, 'SELECT * FROM t')).toEqual([{ a: 1 }]);
});

test('polling where nothing is imported says so', async () => {
  const uuid = await create('idle');
  const polled = await client.d1.database.import(uuid, { account_id, action: 'poll', current_bookmark: 'x' });
  expect(polled).toMatchObject({ success: false, error: 'Not currently importing anything.' });
});

test('an address is good for its own method, and an unknown one for nothing', async () => {
  const uuid = await create('addresses');
  const { result } = await client.d1.database.export(uuid, { account_id, output_format: 'polling' });
  const url = result?.signed_url ?? '';
  expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
  expect((await fetch(url.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')))).status).toBe(403);
  expect((await fetch(url)).status).toBe(200);
});

test('an address is good for an hour', async () => {
  const uuid = await create('expiring');
  const { result } = await client.d1.database.export(uuid, { account_id, output_format: 'polling' });
  const state = new DatabaseSync(databaseFile(join(cloud.folder, 'data'), 'local-cloud-state'), {
    timeout: 5000,
  });
  const transfer = state.prepare('SELECT expires_at FROM transfers WHERE database = ?').get(uuid);
  const hour = 3_600_000;
  expect(Math.abs(Number(transfer?.expires_at) - Date.now() - hour)).toBeLessThan(hour / 10);
  state.prepare('UPDATE transfers SET expires_at = ? WHERE database = ?').run(Date.now() - 1, uuid);
  state.close();
  expect((await fetch(result?.signed_url ?? '')).status).toBe(403);
});

test.each([
  ['export', { output_format: 'file' }, 'output_format: Invalid input: expected "polling"'],
  ['import', { action: 'init', etag: 'x' }, 'etag: Invalid etag: give the MD5 of the file'],
  ['import', {}, `action: Invalid discriminator value. Expected 'init' | 'ingest' | 'poll'`],
])('refuses a bad %s request', async (what, body, message) => {
  const uuid = await create(`bad-${what}-${message.length}`);
  const answer = await callApi(cloud, 'POST', `/d1/database/${uuid}/${what}`, JSON.stringify(body));
  expect({ status: answer.status, errors: answer.body.errors }).toEqual({
    status: 400,
    errors: [{ code: 7400, message }],
  });
});
