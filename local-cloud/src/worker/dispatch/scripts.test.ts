import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  callApi,
  callPlatform,
  dispatch,
  scriptPath,
  sdk,
  startTestCloud,
  type TestCloud,
  upload,
  uploadForm,
} from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;
const dispatch_namespace = 'tenants';
const ENV = 'export default { fetch: (request, env) => Response.json(env) }';
let cloud: TestCloud;
let client: ReturnType<typeof sdk>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = sdk(cloud);
});
afterAll(async () => await cloud.stop());

function answering(text: string): string {
  return `export default { fetch: () => new Response(${JSON.stringify(text)}) }`;
}

async function createDatabase(name: string): Promise<string> {
  return (await client.d1.database.create({ account_id, name })).uuid ?? '';
}

function database(id: string) {
  return { type: 'd1', name: 'DB', id };
}

test('an upload runs, and answers what it is', async () => {
  const { status, body } = await upload(cloud, 'runs', answering('runs'), { tags: ['a'] });
  expect(status).toBe(200);
  expect(body.result).toMatchObject({
    id: 'runs',
    etag: expect.stringMatching(/^[0-9a-f]{64}$/),
    startup_time_ms: expect.any(Number),
    entry_point: 'index.js',
    compatibility_date: '2026-11-01',
    tags: ['a'],
  });
  expect(await dispatch(cloud, 'runs')).toBe('runs');
});

test('an upload by the official SDK runs', async () => {
  const bindings = [{ type: 'plain_text', name: 'A', text: '1' }];
  const path = `/accounts/${account_id}${scriptPath('by-sdk')}`;
  const { result } = await client.put<{ result: { id: string } }>(path, {
    body: uploadForm(ENV, { bindings }),
  });
  expect(result.id).toBe('by-sdk');
  expect(JSON.parse(await dispatch(cloud, 'by-sdk'))).toEqual({ A: '1' });
});

test('a form sent as a script is refused, as in the cloud', async () => {
  const metadata = { main_module: 'main.js', compatibility_date: '2026-11-01' };
  const file = new File([ENV], 'main.js', { type: 'application/javascript+module' });
  const upload = client.workersForPlatforms.dispatch.namespaces.scripts.update('by-sdk-7', {
    account_id,
    dispatch_namespace,
    metadata,
    files: [file],
  });
  await expect(upload).rejects.toMatchObject({
    status: 400,
    errors: [
      {
        code: 10021,
        message: "A script is uploaded as multipart/form-data, not as 'application/javascript'.",
      },
    ],
  });
});

test('a module is named by its file, not by its part', async () => {
  const form = uploadForm(ENV, { main_module: 'named.js' });
  form.append('files', new File([ENV], 'named.js', { type: 'application/javascript+module' }));
  expect((await callApi(cloud, 'PUT', scriptPath('named'), form)).status).toBe(200);
});

test('a replaced upload is live when the call returns', async () => {
  for (let version = 0; version < 5; version += 1) {
    await upload(cloud, 'replaced', answering(`version ${version}`));
    expect(await dispatch(cloud, 'replaced')).toBe(`version ${version}`);
  }
});

test('a refused upload leaves the script as it was', async () => {
  await upload(cloud, 'stays', answering('before'));
  expect((await upload(cloud, 'stays', 'throw new Error("no")')).status).toBe(400);
  expect(await dispatch(cloud, 'stays')).toBe('before');
});

test('a deleted script stops at once', async () => {
  await upload(cloud, 'deleted', answering('here'));
  expect(await dispatch(cloud, 'deleted')).toBe('here');
  await client.workersForPlatforms.dispatch.namespaces.scripts.delete('deleted', {
    account_id,
    dispatch_namespace,
  });
  expect(await dispatch(cloud, 'deleted')).toBe('Error: Worker not found.');
  const again = await callApi(cloud, 'DELETE', scriptPath('deleted'));
  expect({ status: again.status, code: again.body.errors[0]?.code }).toEqual({ status: 404, code: 10007 });
  const read = await callApi(cloud, 'GET', scriptPath('deleted'));
  expect({ status: read.status, code: read.body.errors[0]?.code }).toEqual({ status: 404, code: 10092 });
});

test('a script is deleted by force too', async () => {
  await upload(cloud, 'forced', answering('here'));
  await client.workersForPlatforms.dispatch.namespaces.scripts.delete('forced', {
    ...{ account_id, dispatch_namespace, force: true },
  });
  expect(await dispatch(cloud, 'forced')).toBe('Error: Worker not found.');
});

test('the one database of a script is told by its bindings and by its settings', async () => {
  const scripts = client.workersForPlatforms.dispatch.namespaces.scripts;
  const id = await createDatabase('told');
  await upload(cloud, 'told', ENV, {
    bindings: [database(id), { type: 'plain_text', name: 'P', text: '1' }],
  });
  const { result } = await scripts.bindings.get('told', { account_id, dispatch_namespace });
  const { bindings } = await scripts.settings.get('told', { account_id, dispatch_namespace });
  for (const seen of [result, bindings]) {
    expect(seen?.filter(({ type }) => type === 'd1')).toMatchObject([{ name: 'DB', database_id: id }]);
  }
});

test('each script sees its own database and no other', async () => {
  const source = `export default { async fetch(request, env) {
    await env.DB.prepare('CREATE TABLE IF NOT EXISTS t (a)').run();
    await env.DB.prepare('INSERT INTO t VALUES (?)').bind(env.WHO).run();
    const { results } = await env.DB.prepare('SELECT a FROM t').all();
    return Response.json([Object.keys(env).sort(), results]);
  } }`;
  for (const who of ['alice', 'bob']) {
    const bindings = [database(await createDatabase(who)), { type: 'plain_text', name: 'WHO', text: who }];
    await upload(cloud, who, source, { bindings });
  }
  expect(JSON.parse(await dispatch(cloud, 'alice'))).toEqual([['DB', 'WHO'], [{ a: 'alice' }]]);
  expect(JSON.parse(await dispatch(cloud, 'bob'))).toEqual([['DB', 'WHO'], [{ a: 'bob' }]]);
});

test('modules of every kind can be imported', async () => {
  const form = uploadForm(`
    import text from './a.txt'; import data from './b.bin'; import json from './c.json'; import { name } from './lib/d.js';
    export default { fetch: () => Response.json([text, data.byteLength, json, name]) }`);
  form.set('a.txt', new File(['text'], 'a.txt', { type: 'text/plain' }));
  form.set('b.bin', new File([new Uint8Array(3)], 'b.bin', { type: 'application/octet-stream' }));
  form.set('c.json', new File(['{"a":1}'], 'c.json', { type: 'application/json' }));
  form.set(
    'lib/d.js',
    new File(['export const name = "d"'], 'lib/d.js', { type: 'application/javascript+module' }),
  );
  form.set('index.js.map', new File(['{}'], 'index.js.map', { type: 'application/source-map' }));
  expect((await callApi(cloud, 'PUT', scriptPath('modules'), form)).body.errors).toEqual([]);
  expect(JSON.parse(await dispatch(cloud, 'modules'))).toEqual(['text', 3, { a: 1 }, 'd']);
});

test('requests and responses of a script stream through', async () => {
  await upload(
    cloud,
    'stream',
    'export default { fetch: (request) => new Response(request.body, { status: 201 }) }',
  );
  const body = 'x'.repeat(500_000);
  const response = await callPlatform(cloud, '/dispatch/stream', { method: 'POST', body });
  expect(response.status).toBe(201);
  expect(await response.text()).toBe(body);
});

test.each([
  [
    'no main module among the parts',
    answering(''),
    { main_module: 'x.js' },
    10021,
    'No such module "x.js", which is set as main_module.',
  ],
  ['no date', answering(''), { compatibility_date: 'today' }, 10021, 'compatibility_date: Invalid ISO date'],
  [
    'a syntax error',
    'export default {',
    {},
    10021,
    'Uncaught SyntaxError: Unexpected end of input\n  at index.js:1:16',
  ],
  [
    'a throw at start',
    'throw new TypeError("at start")',
    {},
    10021,
    'Uncaught TypeError: at start\n  at index.js:1:7',
  ],
  ['no handler', 'export const a = 1', {}, 10068, 'The uploaded script has no registered event handlers.'],
  [
    'an unsupported binding',
    ENV,
    { bindings: [{ type: 'kv_namespace', name: 'KV', namespace_id: 'x' }] },
    10021,
    "Binding 'KV' of type 'kv_namespace' is not supported by the local cloud.",
  ],
  [
    'a database without id',
    ENV,
    { bindings: [{ type: 'd1', name: 'DB' }] },
    10021,
    'binding DB of type d1 must have a valid `id` specified',
  ],
  [
    'an unknown database',
    ENV,
    { bindings: [database('f3b1')] },
    10021,
    'binding DB of type d1 refers to database f3b1, which could not be found',
  ],
  ['nine tags', ENV, { tags: [...'123456789'] }, 10021, 'A script may have 8 tags; 9 were given.'],
])('refuses an upload with %s', async (_, source, metadata, code, message) => {
  const { status, body } = await upload(cloud, 'refused', source, metadata);
  expect({ status, errors: body.errors }).toEqual({ status: 400, errors: [{ code, message }] });
});

test('refuses a bad script name and an unknown namespace', async () => {
  const named = await upload(cloud, 'has.dot', ENV);
  expect({ status: named.status, errors: named.body.errors }).toEqual({
    status: 400,
    errors: [{ code: 10016, message: "Invalid script name 'has.dot'." }],
  });
  const elsewhere = await callApi(
    cloud,
    'PUT',
    '/workers/dispatch/namespaces/none/scripts/a',
    uploadForm(ENV),
  );
  expect({ status: elsewhere.status, errors: elsewhere.body.errors }).toEqual({
    status: 404,
    errors: [{ code: 100119, message: 'dispatch namespace not found' }],
  });
});

test('keep_bindings keeps a type, inherit keeps a name', async () => {
  const bindings = [
    { type: 'secret_text', name: 'S', text: 'secret' },
    { type: 'plain_text', name: 'P', text: 'plain' },
    { type: 'json', name: 'J', json: { a: 1 } },
  ];
  await upload(cloud, 'inherits', ENV, { bindings });
  await upload(cloud, 'inherits', ENV, {
    keep_bindings: ['secret_text'],
    bindings: [
      { type: 'inherit', name: 'J' },
      { type: 'inherit', name: 'dropped' },
    ],
  });
  expect(JSON.parse(await dispatch(cloud, 'inherits'))).toEqual({ S: 'secret', J: { a: 1 } });
});

test('a strict inherit that cannot be resolved is refused', async () => {
  const metadata = { bindings: [{ type: 'inherit', name: 'X' }] };
  const { status, body } = await upload(cloud, 'strict', ENV, metadata, '?bindings_inherit=strict');
  expect({ status, errors: body.errors }).toEqual({
    status: 400,
    errors: [{ code: 10021, message: "Binding 'X' cannot be inherited: there is no 'X'." }],
  });
});

test('lists scripts by tag', async () => {
  await upload(cloud, 'tagged-1', ENV, { tags: ['list', 'one'] });
  await upload(cloud, 'tagged-2', ENV, { tags: ['list'] });
  const list = async (tags: string) => {
    const path = `/accounts/${account_id}/workers/dispatch/namespaces/${dispatch_namespace}/scripts`;
    const { result } = await client.get<{ result: { id: string }[] }>(path, { query: { tags } });
    return result.map(({ id }) => id);
  };
  expect(await list('list:yes')).toEqual(['tagged-1', 'tagged-2']);
  expect(await list('list:yes,one:no')).toEqual(['tagged-2']);
});

test('reads back content, info and bindings, and never the value of a secret', async () => {
  const scripts = client.workersForPlatforms.dispatch.namespaces.scripts;
  await upload(cloud, 'read', ENV, { bindings: [{ type: 'secret_text', name: 'S', text: 'hush' }] });
  const content = await (await scripts.content.get('read', { account_id, dispatch_namespace })).formData();
  expect(await (content.get('index.js') as File).text()).toBe(ENV);
  expect(await scripts.get('read', { account_id, dispatch_namespace })).toMatchObject({
    script: { id: 'read' },
  });
  const bindings = await scripts.bindings.get('read', { account_id, dispatch_namespace });
  expect(bindings.result).toEqual([{ type: 'secret_text', name: 'S' }]);
});
