import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REGISTRY_ID } from './testing/platform-fixture.ts';
import { ACCOUNT, dispatch, startTestCloud, type TestCloud } from './testing/test-cloud.ts';

let cloud: TestCloud;
let project: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  project = join(cloud.folder, 'project');
  await mkdir(join(project, 'migrations'), { recursive: true });
  await writeFile(
    join(project, 'wrangler.jsonc'),
    JSON.stringify({
      name: 'project',
      compatibility_date: '2026-11-01',
      d1_databases: [{ binding: 'DB', database_name: 'test-registry', database_id: REGISTRY_ID }],
    }),
  );
  await writeFile(join(project, 'tenant.js'), `export default { fetch: () => new Response('by wrangler') }`);
  const trigger = 'CREATE TRIGGER notes_guard AFTER INSERT ON notes BEGIN SELECT 1; END;';
  await writeFile(join(project, 'migrations/0001_first.sql'), `CREATE TABLE notes (a); -- first\n${trigger}`);
});
afterAll(async () => await cloud.stop());

async function wrangler(...args: string[]): Promise<string> {
  const { stdout } = await execa({
    cwd: project,
    preferLocal: true,
    localDir: import.meta.dirname,
    env: {
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: join(project, 'logs'),
      CLOUDFLARE_API_BASE_URL: cloud.apiUrl,
      CLOUDFLARE_API_TOKEN: ACCOUNT.apiToken,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT.accountId,
    },
  })`wrangler ${args}`;
  return stdout;
}

async function execute(database: string, command: string): Promise<unknown> {
  return JSON.parse(await wrangler('d1', 'execute', database, '--remote', '--json', '--command', command));
}

test('wrangler d1 list shows the databases', async () => {
  expect(JSON.parse(await wrangler('d1', 'list', '--json'))).toMatchObject([
    { uuid: REGISTRY_ID, name: 'test-registry' },
  ]);
});

test('wrangler d1 create and delete work by name', async () => {
  expect(await wrangler('d1', 'create', 'made')).toContain("Successfully created DB 'made'");
  expect(await wrangler('d1', 'delete', 'made', '-y')).toContain("Deleted 'made' successfully.");
});

test('wrangler d1 migrations lists, applies and lists again', async () => {
  expect(await wrangler('d1', 'migrations', 'list', 'test-registry', '--remote')).toContain('0001_first.sql');
  expect(await wrangler('d1', 'migrations', 'apply', 'test-registry', '--remote')).toContain('✅');
  expect(await wrangler('d1', 'migrations', 'list', 'test-registry', '--remote')).toContain(
    'No migrations to apply!',
  );
  const command = 'INSERT INTO notes VALUES (1) RETURNING a';
  expect(await execute('test-registry', command)).toMatchObject([{ success: true, results: [{ a: 1 }] }]);
});

test('wrangler d1 export and execute --file carry a database over', async () => {
  await wrangler('d1', 'create', 'source');
  await wrangler('d1', 'create', 'target');
  await execute('source', `CREATE TABLE t (a); INSERT INTO t VALUES ('x')`);
  const file = join(project, 'dump.sql');
  await wrangler('d1', 'export', 'source', '--remote', '--output', file);
  await wrangler('d1', 'execute', 'target', '--remote', '--yes', '--json', '--file', file);
  expect(await execute('target', 'SELECT a FROM t')).toMatchObject([{ results: [{ a: 'x' }] }]);
});

test('wrangler d1 time-travel restores to the bookmark it showed', async () => {
  await wrangler('d1', 'create', 'travelled');
  await execute('travelled', `CREATE TABLE t (a); INSERT INTO t VALUES ('x')`);
  const { bookmark } = JSON.parse(await wrangler('d1', 'time-travel', 'info', 'travelled', '--json'));
  await execute('travelled', 'DROP TABLE t');
  const restored = await wrangler(
    'd1',
    'time-travel',
    'restore',
    'travelled',
    '--bookmark',
    bookmark,
    '--json',
  );
  expect(JSON.parse(restored)).toMatchObject({ message: `Restored to bookmark ${bookmark}` });
  expect(await execute('travelled', 'SELECT a FROM t')).toMatchObject([{ results: [{ a: 'x' }] }]);
});

test('wrangler deploys into a dispatch namespace, anew and again', async () => {
  const deploy = ['deploy', 'tenant.js', '--name', 'by-wrangler', '--dispatch-namespace', 'tenants'];
  for (const _ of ['anew', 'again']) expect(await wrangler(...deploy)).toContain('Uploaded by-wrangler');
  expect(await dispatch(cloud, 'by-wrangler')).toBe('by wrangler');
});
