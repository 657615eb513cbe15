import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  callApi,
  sdk,
  startTestCloud,
  type TestCloud,
  uploadForm,
} from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;
const NAMESPACES = '/workers/dispatch/namespaces';
let cloud: TestCloud;
let namespaces: ReturnType<typeof sdk>['workersForPlatforms']['dispatch']['namespaces'];

beforeAll(async () => {
  cloud = await startTestCloud();
  namespaces = sdk(cloud).workersForPlatforms.dispatch.namespaces;
});
afterAll(async () => await cloud.stop());

test('the namespaces of the options and of hosted Workers are there', async () => {
  const { result } = await namespaces.list({ account_id });
  expect(result.map(({ namespace_name }) => namespace_name)).toEqual(['other', 'tenants']);
});

test('a namespace is created, counted and deleted with its scripts', async () => {
  expect(await namespaces.create({ account_id, name: 'mine' })).toMatchObject({
    namespace_name: 'mine',
    script_count: 0,
  });
  await callApi(cloud, 'PUT', `${NAMESPACES}/mine/scripts/a`, uploadForm('export default { fetch() {} }'));
  expect(await namespaces.get('mine', { account_id })).toMatchObject({ script_count: 1 });
  await namespaces.delete('mine', { account_id });
  await namespaces.create({ account_id, name: 'mine' });
  expect(await namespaces.get('mine', { account_id })).toMatchObject({ script_count: 0 });
});

test.each([
  ['a name that is taken', 'POST', NAMESPACES, '{"name":"other"}', 409, 100118],
  ['a bad name', 'POST', NAMESPACES, '{"name":"a b"}', 400, 100117],
  ['a missing namespace', 'GET', `${NAMESPACES}/missing`, undefined, 404, 100119],
  ['the scripts of a missing namespace', 'GET', `${NAMESPACES}/missing/scripts`, undefined, 404, 100119],
])('refuses %s', async (_, method, path, body, status, code) => {
  const answer = await callApi(cloud, method, path, body);
  expect({ status: answer.status, code: answer.body.errors[0]?.code }).toEqual({ status, code });
});
