import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CloudControl } from './cloud-control.ts';
import { ACCOUNT, callApi, sdk, startTestCloud, type TestCloud } from './testing/test-cloud.ts';

const CHILD = join(import.meta.dirname, 'testing/child-caller.ts');
const CALLS = [
  'POST /d1/database',
  'POST /d1/database/*/query',
  'PUT /workers/dispatch/namespaces/tenants/scripts/*',
];

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

function startCaller(name: string) {
  return execa(process.execPath, [CHILD, cloud.apiUrl, ACCOUNT.accountId, ACCOUNT.apiToken, name], {
    reject: false,
  });
}

/** How many of the caller's calls had their effect. */
async function effects(name: string): Promise<number> {
  const client = sdk(cloud);
  const { result } = await client.d1.database.list({ account_id: ACCOUNT.accountId, name });
  const database = result.find((candidate) => candidate.name === name);
  if (database?.uuid === undefined) return 0;
  const { num_tables } = await client.d1.database.get(database.uuid, { account_id: ACCOUNT.accountId });
  if (num_tables === 0) return 1;
  const { status } = await callApi(cloud, 'GET', `/workers/dispatch/namespaces/tenants/scripts/${name}`);
  return status === 200 ? 3 : 2;
}

test('a caller that is left alone makes its calls', async () => {
  expect(await startCaller('whole')).toMatchObject({ exitCode: 0 });
  const calls = (await control.apiCalls()).map((call) => call.replace(/[0-9a-f-]{36}|whole/, '*'));
  expect(calls).toEqual(CALLS);
  expect(await effects('whole')).toBe(CALLS.length);
});

test.each(
  CALLS.flatMap((call, n) => [
    { call, n, kind: 'hold-before', state: 'held-before', after: n } as const,
    { call, n, kind: 'hold-after', state: 'held-after', after: n + 1 } as const,
  ]),
)('a caller is killed where $call is held by $kind', async ({ n, kind, state, after }) => {
  const name = `${kind}-${n}`;
  const fault = await control.addFault({ kind, on: 'api', skip: n });
  const caller = startCaller(name);
  await expect
    .poll(async () => (await control.calls()).map((call) => call.state), { timeout: 20_000 })
    .toEqual([...Array(n).fill('done'), state]);
  caller.kill('SIGKILL');
  await caller;
  await control.removeFault(fault);
  await expect.poll(async () => (await control.calls())[n]?.state, { timeout: 20_000 }).toBe('done');
  expect(await effects(name)).toBe(after);
});
