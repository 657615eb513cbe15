import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { logIn, openAccount, pageSchema } from './support/open-account.ts';

const stackSchema = z.object({ worker_name: z.string(), database_id: z.string() });
const exportSchema = z.looseObject({ id: z.string() });

let platform: CliPlatform;
let cloud: CloudApi;

beforeAll(async () => {
  platform = await startCliPlatform();
  cloud = new CloudApi(platform.instance);
});
afterAll(() => platform?.stop());

async function stackOf(slug: string) {
  const [row] = await cloud.query(
    REGISTRY_ID,
    "SELECT worker_name, database_id FROM stacks WHERE status = 'serving' AND account_id = (SELECT id FROM accounts WHERE slug = ?)",
    slug,
  );
  return stackSchema.parse(row);
}

/** What `freehold audit` says is amiss, of what nothing has changed for long. */
async function audited(): Promise<string> {
  await cloud.query(REGISTRY_ID, 'UPDATE stacks SET updated_at = 0');
  const { exitCode, stdout } = await platform.run('audit');
  expect(exitCode).toBe(1);
  return stdout;
}

test('a lost Worker is uploaded again, and the data is whole', { timeout: 120_000 }, async () => {
  const opened = await openAccount(platform.instance, 'burnt');
  await opened.createClient({ kind: 'company', company_name: 'Kept Ltd' });
  const { worker_name } = await stackOf('burnt');
  await cloud.removeScript(worker_name);
  expect((await opened.send('/clients')).status).toBeGreaterThanOrEqual(500);
  expect(await audited()).toContain('WORKER_MISSING');

  const fixed = await platform.run('audit --fix --yes');
  expect(fixed.exitCode, fixed.stderr).toBe(0);
  expect((await opened.send('/clients')).body).toMatchObject({ data: [{ company_name: 'Kept Ltd' }] });
});

test('a lost database is brought back from an export, into a new stack', { timeout: 120_000 }, async () => {
  const opened = await openAccount(platform.instance, 'flooded');
  await opened.createClient({ kind: 'company', company_name: 'Kept Ltd' });
  const exported = await platform.run('accounts export flooded --json');
  expect(exported.exitCode, exported.stderr).toBe(0);
  const { id: exportId } = exportSchema.parse(JSON.parse(exported.stdout));

  const { database_id } = await stackOf('flooded');
  await cloud.removeDatabase(database_id);
  expect((await opened.send('/clients')).status).toBeGreaterThanOrEqual(500);
  expect(await audited()).toContain('DATABASE_MISSING');

  const restored = await platform.run(`accounts restore flooded --export ${exportId}`);
  expect(restored.exitCode, restored.stderr).toBe(0);
  expect(restored.stdout).toMatch(/^status +active$/m);
  const { access_token: token } = await logIn(platform.instance, 'flooded');
  const { data } = pageSchema.parse((await opened.send('/clients', { token })).body);
  expect(data.map(({ company_name }) => company_name)).toEqual(['Kept Ltd']);
});
