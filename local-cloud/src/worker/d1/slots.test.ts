import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  callApi,
  dispatch,
  startTestCloud,
  type TestCloud,
  upload,
} from '#local-cloud/host/testing/test-cloud.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ databaseSlots: 1 });
});
afterAll(async () => await cloud.stop());

async function create(name: string) {
  return await callApi(cloud, 'POST', '/d1/database', JSON.stringify({ name }));
}

async function run(uuid: string, sql: string): Promise<unknown> {
  const { body } = await callApi(cloud, 'POST', `/d1/database/${uuid}/query`, JSON.stringify({ sql }));
  expect(body.errors).toEqual([]);
  return (body.result as { results: unknown }[]).at(-1)?.results;
}

function uuidOf(answer: Awaited<ReturnType<typeof create>>): string {
  return (answer.body.result as { uuid: string }).uuid;
}

/** What is hardest to drop: rows that refer to each other and to themselves, and tables that belong to others. */
const TANGLE = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, parent_id NOT NULL REFERENCES parent (id) ON DELETE RESTRICT);
  CREATE TABLE "odd "" name" (id INTEGER PRIMARY KEY, parent_id REFERENCES parent (id) ON DELETE RESTRICT);
  CREATE TABLE keep_parent (id PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE child (parent_id NOT NULL REFERENCES keep_parent (id));
  INSERT INTO parent VALUES (1, 1), (2, 1);
  INSERT INTO "odd "" name" VALUES (1, 2);
  INSERT INTO keep_parent VALUES ('x');
  INSERT INTO child VALUES ('x');
  CREATE INDEX child_by_parent ON child (parent_id);
  CREATE VIRTUAL TABLE words USING fts5 (word);
  INSERT INTO words VALUES ('hello');
  CREATE VIEW both AS SELECT * FROM parent JOIN child;
  CREATE TRIGGER guard BEFORE DELETE ON parent BEGIN SELECT RAISE (ABORT, 'kept; always'); END;
  CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
  INSERT INTO d1_migrations (name) VALUES ('0001');
`;

test('a slot is given out again, and empty, once its database is deleted', async () => {
  const first = uuidOf(await create('first'));
  await run(first, TANGLE);
  const full = await create('second');
  expect({ status: full.status, errors: full.body.errors }).toEqual({
    status: 400,
    errors: [
      { code: 7406, message: 'You have reached the maximum number of databases: every slot is in use' },
    ],
  });
  expect((await callApi(cloud, 'DELETE', `/d1/database/${first}`)).status).toBe(200);

  const second = uuidOf(await create('second'));
  expect(
    await run(
      second,
      `SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name <> 'sqlite_sequence'`,
    ),
  ).toEqual([]);
  await run(second, 'CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, a)');
  expect(await run(second, 'INSERT INTO parent (a) VALUES (1) RETURNING id')).toEqual([{ id: 1 }]);
  await callApi(cloud, 'DELETE', `/d1/database/${second}`);
});

test('a script whose database was deleted does not see the one that took its slot', async () => {
  const first = uuidOf(await create('bound'));
  const bindings = [{ type: 'd1', name: 'DB', id: first }];
  await upload(cloud, 'bound', 'export default { fetch: (request, env) => new Response(typeof env.DB) }', {
    bindings,
  });
  expect(await dispatch(cloud, 'bound')).toBe('object');
  await callApi(cloud, 'DELETE', `/d1/database/${first}`);
  await create('successor');
  expect(await dispatch(cloud, 'bound')).toBe('undefined');
});

test('of two deletions at once, one finds nothing, and the slot is given out once', async () => {
  const list = await callApi(cloud, 'GET', '/d1/database?name=successor');
  const [{ uuid }] = list.body.result as [{ uuid: string }];
  const answers = await Promise.all([uuid, uuid].map((id) => callApi(cloud, 'DELETE', `/d1/database/${id}`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  expect((await create('third')).status).toBe(200);
  expect((await create('fourth')).body.errors[0]?.code).toBe(7406);
});
