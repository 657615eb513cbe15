import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CloudControl } from './cloud-control.ts';
import type { LocalCloud } from './start-local-cloud.ts';
import { ACCOUNT, callApi, dispatch, sdk, temporaryFolder, upload, ZONES } from './testing/test-cloud.ts';

const CHILD = join(import.meta.dirname, 'testing/child-cloud.ts');
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

async function startChild(): Promise<{ cloud: LocalCloud; kill(): Promise<void> }> {
  const child = execa(process.execPath, [CHILD, folder.path], {
    reject: false,
    stderr: 'inherit',
    buffer: false,
  });
  const ended = child.then(() => {
    throw new Error('The child ended before it had started.');
  });
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  ended.catch(() => undefined);
  return {
    // The child prints what startLocalCloud answered; its functions are not used here.
    cloud: JSON.parse(line) as LocalCloud,
    async kill() {
      child.kill('SIGKILL');
      await child;
    },
  };
}

async function run(cloud: LocalCloud, uuid: string, sql: string): Promise<void> {
  await sdk(cloud).d1.database.query(uuid, { account_id: ACCOUNT.accountId, sql });
}

const READ = `export default { async fetch(request, env) {
  return Response.json((await env.DB.prepare('SELECT * FROM t').all()).results) } }`;

test('all that was acknowledged is there again after kill -9', async () => {
  const first = await startChild();
  const client = sdk(first.cloud);
  const { uuid = '' } = await client.d1.database.create({ account_id: ACCOUNT.accountId, name: 'kept' });
  const bindings = [{ type: 'd1', name: 'DB', id: uuid }];
  await upload(first.cloud, 'kept', READ, { bindings, tags: ['a'] });
  await upload(first.cloud, 'gone', READ, { bindings });
  await callApi(first.cloud, 'DELETE', '/workers/dispatch/namespaces/tenants/scripts/gone');
  const sql = 'CREATE TABLE t (a); INSERT INTO t VALUES (1)';
  await callApi(first.cloud, 'POST', `/d1/database/${uuid}/query`, JSON.stringify({ sql }));
  const [{ id: zone_id }] = ZONES;
  await client.customHostnames.create({ zone_id, hostname: 'www.kept.dev' });
  await first.kill();

  const second = await startChild();
  expect(await dispatch(second.cloud, 'kept')).toBe('[{"a":1}]');
  expect(await dispatch(second.cloud, 'gone')).toBe('Error: Worker not found.');
  const { body } = await callApi(second.cloud, 'GET', '/d1/database?name=kept');
  expect(body.result).toMatchObject([{ uuid, name: 'kept' }]);
  const hostnames = await sdk(second.cloud).customHostnames.list({ zone_id });
  expect(hostnames.result).toMatchObject([{ hostname: 'www.kept.dev', status: 'active' }]);
  await second.kill();
});

test.each([
  ['hold-before', 'held-before', []],
  ['hold-after', 'held-after', [{ name: 'hold-after' }]],
] as const)(
  'a cloud that is killed at a call that meets %s has done the half of it',
  async (kind, state, done) => {
    const first = await startChild();
    const control = new CloudControl(first.cloud, ACCOUNT);
    await control.addFault({ kind, method: 'POST' });
    const held = callApi(first.cloud, 'POST', '/d1/database', JSON.stringify({ name: kind }));
    const lost = expect(held).rejects.toThrow();
    await expect.poll(async () => (await control.calls())[0]?.state, { timeout: 20_000 }).toBe(state);
    await first.kill();
    await lost;

    const second = await startChild();
    const { body } = await callApi(second.cloud, 'GET', `/d1/database?name=${kind}`);
    expect(body.result).toMatchObject(done);
    await second.kill();
  },
);

test('a restored database and its history are there again after kill -9', async () => {
  const account_id = ACCOUNT.accountId;
  const first = await startChild();
  const { timeTravel } = sdk(first.cloud).d1.database;
  const { uuid = '' } = await sdk(first.cloud).d1.database.create({ account_id, name: 'restored' });
  await upload(first.cloud, 'restored', READ, { bindings: [{ type: 'd1', name: 'DB', id: uuid }] });
  await run(first.cloud, uuid, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const { bookmark: one = '' } = await timeTravel.getBookmark(uuid, { account_id });
  await run(first.cloud, uuid, 'INSERT INTO t VALUES (2)');
  const { previous_bookmark: two = '' } = await timeTravel.restore(uuid, { account_id, bookmark: one });
  await first.kill();

  const second = await startChild();
  expect(await dispatch(second.cloud, 'restored')).toBe('[{"a":1}]');
  await run(second.cloud, uuid, 'INSERT INTO t VALUES (3)');
  const later = sdk(second.cloud).d1.database.timeTravel;
  const { previous_bookmark: three = '' } = await later.restore(uuid, { account_id, bookmark: two });
  expect(await dispatch(second.cloud, 'restored')).toBe('[{"a":1},{"a":2}]');
  await later.restore(uuid, { account_id, bookmark: three });
  expect(await dispatch(second.cloud, 'restored')).toBe('[{"a":1},{"a":3}]');
  await second.kill();
});

test('the runtime ends with its host', async () => {
  const child = await startChild();
  await child.kill();
  await expect
    .poll(
      async () =>
        await fetch(child.cloud.apiUrl).then(
          () => 'answers',
          () => 'gone',
        ),
      { timeout: 10_000 },
    )
    .toBe('gone');
});
