import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startLocalCloud } from './start-local-cloud.ts';
import { REGISTRY_ID } from './testing/platform-fixture.ts';
import {
  callApi,
  callPlatform,
  dispatch,
  startTestCloud,
  type TestCloud,
  upload,
} from './testing/test-cloud.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ dispatchPort: 0, cronEveryMs: 20 });
  await upload(
    cloud,
    'echo',
    `export default { fetch: (request) => Response.json([...request.headers.keys(), request.url]) }`,
  );
});
afterAll(async () => await cloud.stop());

async function ticks(): Promise<string[]> {
  const sql = JSON.stringify({ sql: 'SELECT cron FROM ticks' });
  const { body } = await callApi(cloud, 'POST', `/d1/database/${REGISTRY_ID}/query`, sql);
  return body.success
    ? (body.result as [{ results: { cron: string }[] }])[0].results.map(({ cron }) => cron)
    : [];
}

test('a hosted Worker reaches a user Worker through DISPATCHER', async () => {
  const response = await callPlatform(cloud, '/dispatch/echo?q=1');
  const seen = await response.json();
  expect(seen).toContain(`${cloud.workers.platform?.url}/dispatch/echo?q=1`);
});

test('a hosted Worker finds DISPATCHER in the imported env too', async () => {
  expect((await callPlatform(cloud, '/imported/echo')).status).toBe(200);
});

test('a header of a caller selects no other script, and no script sees it', async () => {
  const headers = { 'x-local-cloud-script': 'tenants/missing' };
  const response = await callPlatform(cloud, '/dispatch/echo', { headers });
  expect(response.status).toBe(200);
  expect(await response.json()).not.toContain('x-local-cloud-script');
});

test('a missing script rejects with "Worker not found."', async () => {
  expect(await dispatch(cloud, 'missing')).toBe('Error: Worker not found.');
});

test('an error of a user Worker reaches the hosted Worker', async () => {
  await upload(cloud, 'throws', `export default { fetch() { throw new RangeError('out of reach'); } }`);
  expect(await dispatch(cloud, 'throws')).toBe('RangeError: out of reach');
});

test('an answer before the request was read reaches a client that is still sending', async () => {
  const body = new Uint8Array(2_000_000);
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => callPlatform(cloud, '/vars', { method: 'POST', body })),
  );
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 200));
});

test('the dispatch socket runs the script named in the header', async () => {
  const headers = { 'x-local-cloud-script': 'tenants/echo' };
  const response = await fetch(`${cloud.dispatchUrl}/direct`, { headers });
  const seen = await response.json();
  expect(seen).toContain(`${cloud.dispatchUrl}/direct`);
  expect(seen).not.toContain('x-local-cloud-script');
});

test('a workflow runs to its end and dispatches on the way', async () => {
  await upload(
    cloud,
    'path',
    `export default { fetch: (request) => new Response(new URL(request.url).pathname) }`,
  );
  const started = await (await callPlatform(cloud, '/startWorkflow/path')).json();
  const { id } = started as { id: string };
  await expect
    .poll(async () => await (await callPlatform(cloud, `/workflow/${id}`)).json(), { timeout: 10_000 })
    .toMatchObject({ status: 'complete', output: '/from-workflow' });
});

test('crons run by themselves, again and again', async () => {
  await expect.poll(async () => (await ticks()).length, { timeout: 10_000 }).toBeGreaterThan(2);
  expect(new Set(await ticks())).toEqual(new Set(['*/5 * * * *']));
});

test('runCron runs a given cron, and rejects when it fails', async () => {
  const silenced = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await cloud.runCron('platform', '0 0 1 1 *');
  expect(await ticks()).toContain('0 0 1 1 *');
  await expect(cloud.runCron('platform', 'fail')).rejects.toThrow(
    'the handler ended with the outcome "exception"',
  );
  await vi.waitFor(() => expect(silenced.mock.calls.join()).toContain('told to fail'));
  silenced.mockRestore();
  await expect(cloud.runCron('absent')).rejects.toThrow('There is no hosted Worker absent.');
});

test('rate limits of the host replace those of the config', async () => {
  const answers: unknown[] = [];
  for (let call = 0; call < 3; call += 1)
    answers.push(await (await callPlatform(cloud, '/limit/one')).json());
  expect(answers).toEqual([{ success: true }, { success: true }, { success: false }]);
});

test('an R2 bucket keeps what is put', async () => {
  await callPlatform(cloud, '/file/a.txt', { method: 'PUT', body: 'content' });
  expect(await (await callPlatform(cloud, '/file/a.txt')).text()).toBe('content');
});

test('vars of the host replace those of the config, and text modules are read', async () => {
  expect(await (await callPlatform(cloud, '/vars')).json()).toEqual({
    GREETING: 'from the host',
    STAGE: 'production',
    text: 'a text module',
  });
});

test('the database a hosted Worker declares is listed under its uuid', async () => {
  const { body } = await callApi(cloud, 'GET', '/d1/database?name=test-registry');
  expect(body.result).toMatchObject([{ uuid: REGISTRY_ID, name: 'test-registry' }]);
});

test('a data folder in use is refused', async () => {
  const dataDir = `${cloud.folder}/data`;
  await expect(
    startLocalCloud({ dataDir, apiPort: 0, accountId: 'other', apiToken: 'other' }),
  ).rejects.toThrow(`is in use by the local cloud of process ${process.pid}.`);
  expect((await callPlatform(cloud, '/dispatch/echo')).status).toBe(200);
});
