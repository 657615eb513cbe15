import { APIError } from 'cloudflare/core/error';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  callApi,
  sdk,
  startTestCloud,
  type TestCloud,
} from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;
let cloud: TestCloud;
let client: ReturnType<typeof sdk>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = sdk(cloud);
});
afterAll(async () => await cloud.stop());

async function create(name: string): Promise<string> {
  const { uuid } = await client.d1.database.create({ account_id, name });
  return uuid ?? '';
}

async function query(uuid: string, body: Record<string, unknown>, form: 'query' | 'raw' = 'query') {
  return await callApi(cloud, 'POST', `/d1/database/${uuid}/${form}`, JSON.stringify(body));
}

async function rows(uuid: string, sql: string): Promise<unknown> {
  const { body } = await query(uuid, { sql });
  return (body.result as { results: unknown }[]).map(({ results }) => results).at(-1);
}

test('creates a database and answers what it is', async () => {
  const created = await client.d1.database.create({ account_id, name: 'created', jurisdiction: 'eu' });
  expect(created).toMatchObject({
    uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    name: 'created',
    version: 'production',
    jurisdiction: 'eu',
    num_tables: 0,
    read_replication: { mode: 'disabled' },
  });
  expect(await client.d1.database.get(created.uuid ?? '', { account_id })).toMatchObject({
    ...created,
    file_size: expect.any(Number),
  });
});

test('refuses a name that is taken', async () => {
  await create('taken');
  const error = await client.d1.database
    .create({ account_id, name: 'taken' })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(APIError);
  expect(error).toMatchObject({
    status: 400,
    errors: [{ code: 7502, message: "A database with the name 'taken' already exists" }],
  });
});

test('of two creations at once, one is refused', async () => {
  const answers = await Promise.all(
    ['race', 'race'].map((name) => callApi(cloud, 'POST', '/d1/database', JSON.stringify({ name }))),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
});

test.each([
  [{ name: 'a', colour: 'red' }, 'Unrecognized key: "colour"'],
  [{ name: 'with space' }, 'name: Invalid database name: use letters, digits, - and _'],
  [{ name: 'a', jurisdiction: 'uk' }, 'jurisdiction: Invalid option: expected one of "eu"|"fedramp"|"us"'],
])('refuses to create %j', async (body, message) => {
  const answer = await callApi(cloud, 'POST', '/d1/database', JSON.stringify(body));
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([{ code: 7400, message }]);
});

test('lists by part of a name, in pages', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await create(name);
  const page = await client.d1.database.list({ account_id, name: 'list-', page: 2, per_page: 2 });
  expect(page.result.map(({ name }) => name)).toEqual(['list-a']);
  expect(page.result_info).toEqual({ page: 2, per_page: 2, count: 1, total_count: 3 });
  const names: (string | undefined)[] = [];
  for await (const { name } of client.d1.database.list({ account_id, name: 'list-', per_page: 2 }))
    names.push(name);
  expect(names).toEqual(['list-c', 'list-b', 'list-a']);
});

test('gets a database by its name, as wrangler asks', async () => {
  const uuid = await create('by-name');
  expect((await callApi(cloud, 'GET', '/d1/database/by-name')).body.result).toMatchObject({ uuid });
});

test('changes read replication', async () => {
  const uuid = await create('replicated');
  const changed = await client.d1.database.edit(uuid, { account_id, read_replication: { mode: 'auto' } });
  expect(changed).toMatchObject({ read_replication: { mode: 'auto' } });
});

test('answers 7404 to what is not there', async () => {
  const missing = crypto.randomUUID();
  for (const method of ['GET', 'DELETE', 'PATCH']) {
    const { status, body } = await callApi(cloud, method, `/d1/database/${missing}`);
    expect({ status, errors: body.errors }).toEqual({
      status: 404,
      errors: [{ code: 7404, message: `The database ${missing} could not be found` }],
    });
  }
});

test('runs one statement with parameters', async () => {
  const uuid = await create('params');
  const page = await client.d1.database.query(uuid, {
    account_id,
    sql: 'SELECT ? AS a, ? AS b',
    params: ['x', 'y'],
  });
  expect(page.result).toMatchObject([
    { success: true, results: [{ a: 'x', b: 'y' }], meta: { changed_db: false } },
  ]);
});

test('runs several statements in order, each with its result', async () => {
  const uuid = await create('several');
  const sql = `CREATE TABLE t (a); INSERT INTO t VALUES ('1;2'); SELECT * FROM t;`;
  const { body } = await query(uuid, { sql });
  expect(body.result).toMatchObject([{ results: [] }, { meta: { changes: 1 } }, { results: [{ a: '1;2' }] }]);
});

test('undoes a batch when one of it fails, with the text of D1', async () => {
  const uuid = await create('atomic');
  await query(uuid, { sql: 'CREATE TABLE t (a UNIQUE)' });
  const insert = { sql: 'INSERT INTO t VALUES (?)', params: [1] };
  const { status, body } = await query(uuid, { batch: [insert, insert] });
  expect({ status, errors: body.errors }).toEqual({
    status: 400,
    errors: [
      {
        code: 7500,
        message: 'UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)',
      },
    ],
  });
  expect(await rows(uuid, 'SELECT * FROM t')).toEqual([]);
});

test.each([
  ['SELECT * FROM missing', 'no such table: missing: SQLITE_ERROR'],
  ['', 'No SQL statements detected.'],
])('answers 7500 to %j', async (sql, message) => {
  const { status, body } = await query(await create(`bad-${sql.length}`), { sql });
  expect({ status, errors: body.errors }).toEqual({ status: 400, errors: [{ code: 7500, message }] });
});

test('refuses parameters for several statements', async () => {
  const { body } = await query(await create('bad-params'), { sql: 'SELECT ?; SELECT ?', params: [1] });
  expect(body.errors[0]?.code).toBe(7500);
});

test('answers raw rows with all their columns', async () => {
  const uuid = await create('raw');
  await query(uuid, { sql: 'CREATE TABLE t (a, b)' });
  const same = await query(uuid, { sql: 'SELECT 1 AS a, 2 AS a' }, 'raw');
  expect(same.body.result).toMatchObject([{ results: { columns: ['a', 'a'], rows: [[1, 2]] } }]);
  const empty = await query(uuid, { sql: 'SELECT * FROM t' }, 'raw');
  expect(empty.body.result).toMatchObject([{ results: { columns: ['a', 'b'], rows: [] } }]);
  const written = await query(uuid, { sql: 'INSERT INTO t VALUES (3, 4) RETURNING b' }, 'raw');
  expect(written.body.result).toMatchObject([
    { results: { columns: ['b'], rows: [[4]] }, meta: { changes: 1 } },
  ]);
  expect(await rows(uuid, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 1 }]);
});
