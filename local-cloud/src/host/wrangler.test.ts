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
  const executed = await wrangler(
    'd1',
    'execute',
    'test-registry',
    '--remote',
    '--json',
    '--command',
    command,
  );
  expect(JSON.parse(executed)).toMatchObject([{ success: true, results: [{ a: 1 }] }]);
});

test('wrangler deploys into a dispatch namespace, anew and again', async () => {
  const deploy = ['deploy', 'tenant.js', '--name', 'by-wrangler', '--dispatch-namespace', 'tenants'];
  for (const _ of ['anew', 'again']) expect(await wrangler(...deploy)).toContain('Uploaded by-wrangler');
  expect(await dispatch(cloud, 'by-wrangler')).toBe('by wrangler');
});
