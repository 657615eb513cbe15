import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  ACCOUNT,
  callApi,
  dispatch,
  scriptPath,
  sdk,
  startTestCloud,
  type TestCloud,
  upload,
} from '#local-cloud/host/testing/test-cloud.ts';

const where = { account_id: ACCOUNT.accountId, dispatch_namespace: 'tenants' };
const ENV = 'export default { fetch: (request, env) => Response.json(env) }';
let cloud: TestCloud;
let scripts: ReturnType<typeof sdk>['workersForPlatforms']['dispatch']['namespaces']['scripts'];

beforeAll(async () => {
  cloud = await startTestCloud();
  scripts = sdk(cloud).workersForPlatforms.dispatch.namespaces.scripts;
});
afterAll(async () => await cloud.stop());
beforeEach(async () => {
  await upload(cloud, 'parts', ENV, {
    tags: ['a'],
    bindings: [{ type: 'plain_text', name: 'P', text: '1' }],
  });
});

async function seen(): Promise<unknown> {
  return JSON.parse(await dispatch(cloud, 'parts'));
}

test('a secret is live when the call returns, and its value is never answered', async () => {
  const secret = { ...where, name: 'S', text: 'hush', type: 'secret_text' as const };
  expect(await scripts.secrets.update('parts', secret)).toEqual({ name: 'S', type: 'secret_text' });
  expect(await seen()).toEqual({ P: '1', S: 'hush' });
  expect((await scripts.secrets.list('parts', where)).result).toEqual([{ name: 'S', type: 'secret_text' }]);
  const named = { ...where, script_name: 'parts' };
  expect(await scripts.secrets.get('S', named)).toEqual({ name: 'S', type: 'secret_text' });
  await scripts.secrets.delete('S', named);
  expect(await seen()).toEqual({ P: '1' });
  const { status, body } = await callApi(cloud, 'GET', `${scriptPath('parts')}/secrets/S`);
  expect({ status, errors: body.errors }).toEqual({
    status: 404,
    errors: [{ code: 10056, message: "Secret 'S' not found." }],
  });
});

test('secrets put at once are all kept', async () => {
  const names = ['A', 'B', 'C', 'D', 'E'];
  await Promise.all(
    names.map((name) => scripts.secrets.update('parts', { ...where, name, text: name, type: 'secret_text' })),
  );
  expect(Object.keys((await seen()) as object).sort()).toEqual([...names, 'P']);
});

test('tags are replaced, added and taken away', async () => {
  expect((await scripts.tags.update('parts', { ...where, body: ['b', 'c'] })).result).toEqual(['b', 'c']);
  await callApi(cloud, 'PUT', `${scriptPath('parts')}/tags/d`);
  await scripts.tags.delete('b', { ...where, script_name: 'parts' });
  expect((await scripts.tags.list('parts', where)).result).toEqual(['c', 'd']);
});

test('settings that are given change, and the others stay', async () => {
  const form = new FormData();
  const bindings = [
    { type: 'plain_text', name: 'Q', text: '2' },
    { type: 'inherit', name: 'P' },
  ];
  form.set('settings', JSON.stringify({ bindings, limits: { cpu_ms: 50 } }));
  await callApi(cloud, 'PATCH', `${scriptPath('parts')}/settings`, form);
  expect(await seen()).toEqual({ Q: '2', P: '1' });
  expect(await scripts.settings.get('parts', where)).toMatchObject({ tags: ['a'], limits: { cpu_ms: 50 } });
});

test.each(['settings', 'bindings', 'content', 'tags', 'secrets'])(
  'answers 10007 to %s of a missing script',
  async (part) => {
    const { status, body } = await callApi(cloud, 'GET', `${scriptPath('missing')}/${part}`);
    expect({ status, code: body.errors[0]?.code }).toEqual({ status: 404, code: 10007 });
  },
);
