import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
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
} from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;
const ANSWERS = `export default { fetch: () => new Response('answers') }`;
const COUNTS = `let n = 0; export default { fetch: () => new Response(String(n += 1)) }`;

let cloud: TestCloud;
let control: CloudControl;

beforeAll(async () => {
  cloud = await startTestCloud({ faults: {} });
  control = new CloudControl(cloud, ACCOUNT);
});
afterAll(async () => await cloud.stop());
beforeEach(async () => {
  await control.removeFaults();
  await control.clearCalls();
});

describe('a deleted script that lingers', () => {
  const remove = (name: string) => callApi(cloud, 'DELETE', scriptPath(name));

  test('answers for as long as was asked, and is gone from the API at once', async () => {
    await upload(cloud, 'lingers', ANSWERS);
    await control.addFault({ kind: 'linger', method: 'DELETE', path: scriptPath('lingers'), ms: 60_000 });
    expect((await remove('lingers')).status).toBe(200);
    expect(await dispatch(cloud, 'lingers')).toBe('answers');
    expect((await callApi(cloud, 'GET', scriptPath('lingers'))).status).toBe(404);
    await control.advanceClock(60_001);
    expect(await dispatch(cloud, 'lingers')).toBe('Error: Worker not found.');
  });

  test('answers until told, and never in place of what was uploaded since', async () => {
    await upload(cloud, 'told', ANSWERS);
    const id = await control.addFault({ kind: 'linger', method: 'DELETE', count: 2 });
    await remove('told');
    expect(await dispatch(cloud, 'told')).toBe('answers');
    await upload(cloud, 'told', `export default { fetch: () => new Response('new') }`);
    expect(await dispatch(cloud, 'told')).toBe('new');
    await remove('told');
    expect(await dispatch(cloud, 'told')).toBe('new');
    await control.releaseFault(id);
    expect(await dispatch(cloud, 'told')).toBe('Error: Worker not found.');
  });

  test('loses its database with the deletion of that', async () => {
    const { database } = sdk(cloud).d1;
    const { uuid = '' } = await database.create({ account_id, name: 'lingers-db' });
    const source = `export default { fetch: (request, env) => Response.json(Object.keys(env)) }`;
    await upload(cloud, 'lingers-db', source, { bindings: [{ type: 'd1', name: 'DB', id: uuid }] });
    await control.addFault({ kind: 'linger', method: 'DELETE' });
    await remove('lingers-db');
    expect(await dispatch(cloud, 'lingers-db')).toBe('["DB"]');
    await database.delete(uuid, { account_id });
    expect(await dispatch(cloud, 'lingers-db')).toBe('[]');
  });
});

describe('a dispatched request', () => {
  const route = { on: 'dispatch', script: 'tenants/*' } as const;

  test('fails before and after the script ran', async () => {
    await upload(cloud, 'counts', COUNTS);
    expect(await dispatch(cloud, 'counts')).toBe('1');
    await control.addFault({ ...route, kind: 'fail-before', status: 502 });
    expect((await callPlatform(cloud, '/dispatch/counts')).status).toBe(502);
    await control.addFault({ ...route, kind: 'fail-after', status: 503 });
    expect((await callPlatform(cloud, '/dispatch/counts')).status).toBe(503);
    expect(await dispatch(cloud, 'counts')).toBe('3');
  });

  test('loses its connection before and after the script ran', async () => {
    await upload(cloud, 'drops', COUNTS);
    await control.addFault({ ...route, kind: 'drop-before' });
    expect(await dispatch(cloud, 'drops')).toBe('Error: Network connection lost.');
    await control.addFault({ ...route, kind: 'drop-after' });
    expect(await dispatch(cloud, 'drops')).toBe('Error: Network connection lost.');
    expect(await dispatch(cloud, 'drops')).toBe('2');
  });

  test('is held', async () => {
    await upload(cloud, 'holds', ANSWERS);
    const id = await control.addFault({ ...route, kind: 'hold-before' });
    const held = dispatch(cloud, 'holds');
    const states = async () => (await control.calls()).map((call) => call.state);
    await expect.poll(states, { timeout: 20_000 }).toContain('held-before');
    await control.releaseFault(id);
    expect(await held).toBe('answers');
  });

  test('is logged with its script', async () => {
    await upload(cloud, 'logged', ANSWERS);
    await control.clearCalls();
    await callPlatform(cloud, '/dispatch/logged?q=1');
    const seen = { on: 'dispatch', script: 'tenants/logged', method: 'GET', path: '/dispatch/logged' };
    expect(await control.calls()).toMatchObject([{ ...seen, query: '?q=1', status: 200, state: 'done' }]);
  });
});
