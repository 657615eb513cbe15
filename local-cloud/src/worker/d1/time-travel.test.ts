import { APIError } from 'cloudflare/core/error';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalCloud, startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { REGISTRY_ID } from '#local-cloud/host/testing/platform-fixture.ts';
import {
  ACCOUNT,
  callPlatform,
  sdk,
  startTestCloud,
  type TestCloud,
  temporaryFolder,
  testOptions,
  upload,
} from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;
let cloud: TestCloud;
let client: ReturnType<typeof sdk>;

beforeAll(async () => {
  cloud = await startTestCloud({ databaseSlots: 40, timeTravelEveryMs: 50 });
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

async function bookmarkOf(uuid: string, timestamp?: string): Promise<string> {
  const query = timestamp === undefined ? { account_id } : { account_id, timestamp };
  const { bookmark = '' } = await client.d1.database.timeTravel.getBookmark(uuid, query);
  return bookmark;
}

async function restore(uuid: string, to: { bookmark: string } | { timestamp: string }) {
  return await client.d1.database.timeTravel.restore(uuid, { account_id, ...to });
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(APIError);
  const { status, errors } = error as APIError;
  return { status, errors };
}

function insert(rows: number): string {
  return `INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
          SELECT randomblob(4000) FROM n`;
}

/** A user Worker on the database that runs the SQL it is sent in a D1 session, and answers rows and session bookmark. */
async function bindWorker(
  name: string,
  uuid: string,
  on: LocalCloud = cloud,
): Promise<(sql: string) => Promise<SessionAnswer>> {
  const source = `export default { async fetch(request, env) {
    const session = env.DB.withSession('first-primary');
    try {
      const { results } = await session.prepare(await request.text()).run();
      return Response.json({ results, bookmark: session.getBookmark() });
    } catch (error) { return Response.json({ error: error.message }) }
  } }`;
  await upload(on, name, source, { bindings: [{ type: 'd1', name: 'DB', id: uuid }] });
  return async (sql) => {
    const response = await callPlatform(on, `/dispatch/${name}`, { method: 'POST', body: sql });
    // The script above answers so.
    return (await response.json()) as SessionAnswer;
  };
}

interface SessionAnswer {
  results: unknown[];
  bookmark: string;
  error?: string;
}

const count = 'SELECT count(*) AS n FROM t';

test('restores schema and rows to a bookmark, and undoes that by the previous bookmark', async () => {
  const uuid = await create('undo', 'CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const bookmark = await bookmarkOf(uuid);
  await run(uuid, 'DROP TABLE t; CREATE TABLE other (b)');

  const restored = await restore(uuid, { bookmark });
  expect(restored.message).toBe(`Restored to bookmark ${bookmark}`);
  expect(await run(uuid, 'SELECT * FROM t')).toEqual([{ a: 1 }]);
  expect(await run(uuid, `SELECT name FROM sqlite_master WHERE name = 'other'`)).toEqual([]);

  await restore(uuid, { bookmark: restored.previous_bookmark ?? '' });
  expect(await run(uuid, 'SELECT * FROM other')).toEqual([]);
  await restore(uuid, { bookmark: restored.bookmark ?? '' });
  expect(await run(uuid, 'SELECT * FROM t')).toEqual([{ a: 1 }]);
});

test('restores each of many transactions exactly, those between two looks too', async () => {
  const uuid = await create('exact');
  const worker = await bindWorker('exact', uuid);
  const bookmarks: string[] = [];
  for (let n = 1; n <= 20; n += 1) bookmarks.push((await worker(`INSERT INTO t VALUES (${n})`)).bookmark);
  for (const n of [20, 1, 13]) {
    const bookmark = bookmarks[n - 1] ?? '';
    expect(await restore(uuid, { bookmark })).toMatchObject({ message: `Restored to bookmark ${bookmark}` });
    expect((await worker(count)).results).toEqual([{ n }]);
  }
});

test('a Worker goes on being bound to the database, and its bookmarks go on', async () => {
  const uuid = await create('bound');
  const worker = await bindWorker('bound', uuid);
  const before = await worker('INSERT INTO t VALUES (1)');
  const after = await worker('INSERT INTO t VALUES (2)');
  await restore(uuid, { bookmark: before.bookmark });
  const now = await worker(count);
  expect(now.results).toEqual([{ n: 1 }]);
  expect(now.bookmark > after.bookmark).toBe(true);
  await restore(uuid, { bookmark: after.bookmark });
  expect((await worker(count)).results).toEqual([{ n: 2 }]);
});

test('a state that is not held is answered by the nearest earlier one, and the message says so', async () => {
  const quiet = await startTestCloud({ timeTravelEveryMs: 3_600_000 });
  const { d1 } = sdk(quiet);
  const { uuid = '' } = await d1.database.create({ account_id, name: 'quiet' });
  const query = async (sql: string) =>
    (await d1.database.query(uuid, { account_id, sql })).result.at(-1)?.results;
  await query('CREATE TABLE t (a)');
  const worker = await bindWorker('quiet', uuid, quiet);
  await worker('INSERT INTO t VALUES (1)');
  await d1.database.timeTravel.getBookmark(uuid, { account_id });
  const { bookmark } = await worker('INSERT INTO t VALUES (2)');
  for (const _ of ['fills the WAL', 'begins it anew']) await query(insert(1100));

  const restored = await d1.database.timeTravel.restore(uuid, { account_id, bookmark });
  expect(restored.message).toBe(
    `Restored to the nearest state before bookmark ${bookmark}: its own is not held`,
  );
  expect(await query('SELECT a FROM t')).toEqual([{ a: 1 }]);
  await quiet.stop();
});

test('a bookmark right before the WAL is begun anew is exact', async () => {
  const slow = await startTestCloud();
  const { d1 } = sdk(slow);
  const { uuid = '' } = await d1.database.create({ account_id, name: 'turn' });
  const query = async (sql: string) =>
    (await d1.database.query(uuid, { account_id, sql })).result.at(-1)?.results;
  const seen = async () =>
    (await d1.database.timeTravel.getBookmark(uuid, { account_id, timestamp: new Date().toISOString() }))
      .bookmark;
  await query('CREATE TABLE t (a)');
  const worker = await bindWorker('turn', uuid, slow);
  await expect.poll(() => seen().catch(() => 'none yet'), { timeout: 10_000 }).toMatch(/^0{8}-/);
  const before = await seen();
  await query(insert(700));
  await expect.poll(seen, { timeout: 10_000 }).not.toBe(before);

  const { bookmark } = await worker(count);
  for (const _ of ['fills the WAL', 'begins it anew']) await query(insert(1100));
  const restored = await d1.database.timeTravel.restore(uuid, { account_id, bookmark });
  expect(restored.message).toBe(`Restored to bookmark ${bookmark}`);
  expect(await query(count)).toEqual([{ n: 700 }]);
  await slow.stop();
});

test('what a slot held before a database got it is no part of its history', async () => {
  const folder = await temporaryFolder();
  const options = { ...(await testOptions(folder.path)), timeTravelEveryMs: 3_600_000 };
  const first = await startLocalCloud({ ...options, databaseSlots: 1 });
  const { d1 } = sdk(first);
  const gone = await d1.database.create({ account_id, name: 'gone' });
  const sql = `CREATE TABLE secrets (a)`;
  await d1.database.query(gone.uuid ?? '', { account_id, sql });
  const worker = await bindWorker('gone', gone.uuid ?? '', first);
  const { bookmark } = await worker(`INSERT INTO secrets VALUES ('x')`);
  await d1.database.delete(gone.uuid ?? '', { account_id });
  const { uuid = '' } = await d1.database.create({ account_id, name: 'successor' });
  const own = (await d1.database.timeTravel.getBookmark(uuid, { account_id })).bookmark ?? '';
  await first.stop();

  const second = await startLocalCloud({ ...options, databaseSlots: 2 });
  const { timeTravel } = sdk(second).d1.database;
  for (const foreign of [bookmark, own.replace(/.{8}$/, '00000001'), own.replace(/.{8}$/, '00000000')]) {
    const restored = timeTravel.restore(uuid, { account_id, bookmark: foreign });
    expect(await refusal(restored)).toMatchObject({ status: 400, errors: [{ code: 7400 }] });
  }
  await timeTravel.restore(uuid, { account_id, bookmark: own });
  await second.stop();
  await folder.remove();
});

test('bookmarks of the API and of sessions sort by time', async () => {
  const uuid = await create('sorted');
  const worker = await bindWorker('sorted', uuid);
  const bookmarks: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    bookmarks.push((await worker('INSERT INTO t VALUES (1)')).bookmark);
    await run(uuid, 'INSERT INTO t VALUES (2)');
    bookmarks.push(await bookmarkOf(uuid));
    await run(uuid, 'INSERT INTO t VALUES (3)');
    bookmarks.push(await bookmarkOf(uuid));
  }
  expect(bookmarks.toSorted()).toEqual(bookmarks);
  expect(new Set(bookmarks).size).toBe(bookmarks.length);
});

test('a state that was not written to has one bookmark', async () => {
  const uuid = await create('same');
  expect(await bookmarkOf(uuid)).toBe(await bookmarkOf(uuid));
});

test('restores after the WAL was begun anew, to states on both sides', async () => {
  const uuid = await create('large');
  const bookmarks: string[] = [];
  for (let n = 1; n <= 6; n += 1) {
    await run(uuid, insert(700));
    bookmarks.push(await bookmarkOf(uuid));
  }
  for (const n of [2, 6, 1]) {
    await restore(uuid, { bookmark: bookmarks[n - 1] ?? '' });
    expect(await run(uuid, count)).toEqual([{ n: n * 700 }]);
    expect(await run(uuid, 'PRAGMA quick_check')).toEqual([{ quick_check: 'ok' }]);
  }
});

test('restores to a time', async () => {
  const uuid = await create('timed', 'CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const seen = await bookmarkOf(uuid);
  const timestamp = new Date().toISOString();
  expect(await bookmarkOf(uuid, timestamp)).toBe(seen);
  await expect.poll(() => new Date().toISOString() > timestamp).toBe(true);
  await run(uuid, 'INSERT INTO t VALUES (2)');
  const restored = await restore(uuid, { timestamp });
  expect(restored.message).toMatch(/^Restored to the state last seen at 20/);
  expect(await run(uuid, count)).toEqual([{ n: 1 }]);
});

test('sees what was written without being asked', async () => {
  const uuid = await create('unasked');
  const before = await bookmarkOf(uuid);
  await run(uuid, 'INSERT INTO t VALUES (1)');
  let timestamp = '';
  await expect
    .poll(async () => {
      timestamp = new Date().toISOString();
      return await bookmarkOf(uuid, timestamp);
    })
    .not.toBe(before);
  await run(uuid, 'DELETE FROM t');
  await restore(uuid, { timestamp });
  expect(await run(uuid, count)).toEqual([{ n: 1 }]);
});

test('of two restores at once, both or one are done, the database is whole, and no slot is lost', async () => {
  const databaseSlots = 4;
  const small = await startTestCloud({ databaseSlots });
  const { d1 } = sdk(small);
  const { uuid = '' } = await d1.database.create({ account_id, name: 'at-once' });
  const query = async (sql: string) =>
    (await d1.database.query(uuid, { account_id, sql })).result.at(-1)?.results;
  await query('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const { bookmark = '' } = await d1.database.timeTravel.getBookmark(uuid, { account_id });
  await query('DELETE FROM t');
  const restores = [1, 2].map(() => d1.database.timeTravel.restore(uuid, { account_id, bookmark }));
  const done = await Promise.allSettled(restores);
  expect(done.map(({ status }) => status)).toContain('fulfilled');
  expect(await query(count)).toEqual([{ n: 1 }]);
  for (let n = 1; n < databaseSlots; n += 1) await d1.database.create({ account_id, name: `another-${n}` });
  await small.stop();
});

test('a restore while a Worker writes loses no row that the previous bookmark should have', async () => {
  const uuid = await create('written');
  const worker = await bindWorker('written', uuid);
  const { bookmark } = await worker('INSERT INTO t VALUES (0)');
  let isRestored = false;
  const acknowledged: number[] = [];
  const writes = (async () => {
    for (let n = 1; !isRestored; n += 1) {
      const startedBefore = !isRestored;
      const { error } = await worker(`INSERT INTO t VALUES (${n})`);
      if (error === undefined && startedBefore) acknowledged.push(n);
    }
  })();
  await expect.poll(() => acknowledged.length).toBeGreaterThan(20);
  const before = acknowledged.length;
  const { previous_bookmark = '' } = await restore(uuid, { bookmark });
  isRestored = true;
  await writes;
  const kept = acknowledged.slice(0, before);
  await restore(uuid, { bookmark: previous_bookmark });
  const { results } = await worker('SELECT a FROM t WHERE a > 0 ORDER BY a');
  expect(results.map((row) => (row as { a: number }).a)).toEqual(expect.arrayContaining(kept));
});

test.each([
  ['0', `Invalid bookmark '0'.`],
  [
    '00000000-ffffffff-00000000-00000000000000000000000000000000',
    `The bookmark '00000000-ffffffff-00000000-00000000000000000000000000000000' is not one of this database.`,
  ],
])('refuses the bookmark %s', async (bookmark, message) => {
  const uuid = await create(`refused-${bookmark.length}`);
  expect(await refusal(restore(uuid, { bookmark }))).toEqual({
    status: 400,
    errors: [{ code: 7400, message }],
  });
});

test('refuses a bookmark of another database', async () => {
  const [one, other] = [await create('one'), await create('other')];
  await bookmarkOf(one);
  const bookmark = await bookmarkOf(other);
  const message = `The bookmark '${bookmark}' is not one of this database, or too old.`;
  expect(await refusal(restore(one, { bookmark }))).toEqual({
    status: 400,
    errors: [{ code: 7400, message }],
  });
});

test('refuses a time before the database, one to come, and what is no time', async () => {
  const uuid = await create('times');
  const when = '2020-01-01T00:00:00.000Z';
  expect(await refusal(restore(uuid, { timestamp: when }))).toEqual({
    status: 400,
    errors: [{ code: 7400, message: `There is no state of this database from ${when} or before.` }],
  });
  const invalid = {
    'the day before': 'Invalid timestamp: use ISO 8601',
    '2100-01-01T00:00:00Z': 'Invalid timestamp: it lies in the future',
  };
  for (const [timestamp, text] of Object.entries(invalid)) {
    expect(await refusal(bookmarkOf(uuid, timestamp))).toEqual({
      status: 400,
      errors: [{ code: 7400, message: `timestamp: ${text}` }],
    });
  }
});

test('refuses to restore a database that a hosted Worker declares, which has bookmarks all the same', async () => {
  const bookmark = await bookmarkOf(REGISTRY_ID);
  const message = 'The local cloud cannot restore a database that a hosted Worker declares.';
  expect(await refusal(restore(REGISTRY_ID, { bookmark }))).toEqual({
    status: 400,
    errors: [{ code: 7400, message }],
  });
});

test('refuses neither and both, and a database that is not there', async () => {
  const uuid = await create('either');
  for (const query of [{}, { bookmark: 'a', timestamp: '2020-01-01T00:00:00Z' }]) {
    expect(await refusal(client.d1.database.timeTravel.restore(uuid, { account_id, ...query }))).toEqual({
      status: 400,
      errors: [{ code: 7400, message: 'Give either a bookmark or a timestamp' }],
    });
  }
  const missing = crypto.randomUUID();
  expect(await refusal(bookmarkOf(missing))).toMatchObject({ status: 404, errors: [{ code: 7404 }] });
});
