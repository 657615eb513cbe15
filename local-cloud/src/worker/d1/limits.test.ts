import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  callPlatform,
  sdk,
  startTestCloud,
  type TestCloud,
  upload,
} from '#local-cloud/host/testing/test-cloud.ts';

/** The limits of D1 that workerd sets them on SQLite itself, for the API and for user Workers alike. */
const CASES = [
  ['a statement of 100 KB', `SELECT '${'x'.repeat(99_000)}' AS a`, [], undefined],
  ['a statement over 100 KB', `SELECT '${'x'.repeat(100_000)}'`, [], 'statement too long: SQLITE_TOOBIG'],
  ['100 parameters', `SELECT ${Array(100).fill('?').join()}`, Array(100).fill(1), undefined],
  [
    '101 parameters',
    `SELECT ${Array(101).fill('?').join()}`,
    Array(101).fill(1),
    'too many SQL variables at offset 207: SQLITE_ERROR',
  ],
  ['a value of 2 MB', 'INSERT INTO t VALUES (?)', ['x'.repeat(2_000_000)], undefined],
] as const;

let cloud: TestCloud;
let uuid: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  const created = await sdk(cloud).d1.database.create({ account_id: ACCOUNT.accountId, name: 'limits' });
  uuid = created.uuid ?? '';
  await query('CREATE TABLE t (a)', []);
  const source = `export default { async fetch(request, env) {
    const { sql, params } = await request.json();
    try { await env.DB.prepare(sql).bind(...params).all(); return new Response('done') }
    catch (error) { return new Response(error.message) }
  } }`;
  await upload(cloud, 'limits', source, { bindings: [{ type: 'd1', name: 'DB', id: uuid }] });
});
afterAll(async () => await cloud.stop());

async function query(sql: string, params: readonly string[]): Promise<void> {
  await sdk(cloud).d1.database.query(uuid, { account_id: ACCOUNT.accountId, sql, params: [...params] });
}

test.each(CASES)('the API and a Worker hold to the limit: %s', async (_, sql, params, message) => {
  const answer = await query(sql, params).catch((error: unknown) => error);
  if (message === undefined) expect(answer).toBeUndefined();
  else expect(answer).toMatchObject({ status: 400, errors: [{ code: 7500, message }] });

  const body = JSON.stringify({ sql, params });
  const response = await callPlatform(cloud, '/dispatch/limits', { method: 'POST', body });
  expect(await response.text()).toBe(message === undefined ? 'done' : `D1_ERROR: ${message}`);
});

test('the API refuses a value over 2 MB', async () => {
  const answer = await query('INSERT INTO t VALUES (?)', ['ä'.repeat(1_000_001)]).catch(
    (error: unknown) => error,
  );
  expect(answer).toMatchObject({
    status: 400,
    errors: [{ code: 7500, message: 'string or blob too big: SQLITE_TOOBIG' }],
  });
});
