import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { CloudApi } from './support/cloud-api.ts';
import { logIn, openAccount, pageSchema } from './support/open-account.ts';

const exportSchema = z.looseObject({ id: z.string() });

let platform: CliPlatform;
let cloud: CloudApi;

beforeAll(async () => {
  platform = await startCliPlatform();
  cloud = new CloudApi(platform.instance);
});
afterAll(() => platform?.stop());

test('a lost database is brought back from an export, into a new stack', { timeout: 120_000 }, async () => {
  const opened = await openAccount(platform.instance, 'flooded');
  await opened.createClient({ kind: 'company', company_name: 'Kept Ltd' });
  const exported = await platform.run('accounts export flooded --json');
  expect(exported.exitCode, exported.stderr).toBe(0);
  const { id: exportId } = exportSchema.parse(JSON.parse(exported.stdout));

  const [database] = await cloud.databases();
  if (!database) throw new Error('The account has no database.');
  await cloud.removeDatabase(database.uuid);
  expect((await opened.send('/clients')).status).toBeGreaterThanOrEqual(500);

  const restored = await platform.run(`accounts restore flooded --export ${exportId}`);
  expect(restored.exitCode, restored.stderr).toBe(0);
  expect(restored.stdout).toMatch(/^status +active$/m);
  const { access_token: token } = await logIn(platform.instance, 'flooded');
  const { data } = pageSchema.parse((await opened.send('/clients', { token })).body);
  expect(data.map(({ company_name }) => company_name)).toEqual(['Kept Ltd']);
});
