import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { adminFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { auditReportSchema } from '#shared-schema/audit/audit.ts';
import { findingSchema } from '#shared-schema/audit/finding.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { landscape } from './support/landscape.ts';
import { logIn, openAccount } from './support/open-account.ts';
import { send } from './support/send.ts';
import { untilFinished } from './support/sign-up.ts';

const findings = z.strictObject({ data: z.array(findingSchema.strict()), next_cursor: z.null() });

let platform: CliPlatform;
let cloud: CloudApi;
/** The same cloud, behind the platform's back. */
let api: CloudflareApi;

beforeAll(async () => {
  platform = await startCliPlatform({ vars: { POOL_SIZES: '{"eu": 2}' } });
  cloud = new CloudApi(platform.instance);
  const { cloudflare_api_url, cloudflare_account_id, cloudflare_api_token } = platform.instance;
  api = new CloudflareApi({
    ...{ baseUrl: cloudflare_api_url, accountId: cloudflare_account_id, apiToken: cloudflare_api_token },
    fetch: adminFetch,
  });
});
afterAll(() => platform?.stop());

async function run<Schema extends z.ZodType>(schema: Schema, line: string): Promise<z.output<Schema>> {
  const { exitCode, stdout, stderr } = await platform.run(`${line} --json`);
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  return schema.parse(JSON.parse(stdout));
}

/** No list lags behind what was made so long ago. */
const age = () => cloud.query(REGISTRY_ID, 'UPDATE stacks SET updated_at = 0');

/** A run carries its repairs as far as they go: one whose step is tried again ends later. */
async function ended(operationIds: readonly string[]): Promise<void> {
  for (const id of operationIds) {
    expect(await untilFinished(platform.instance, id)).toMatchObject({ status: 'succeeded' });
  }
}

test('audit run finds a Worker that is not ours, and repairs it so that the account is served again', async () => {
  await openAccount(platform.instance, 'replaced');
  const { stacks } = await landscape(platform.instance);
  const stack = stacks.find(({ account_id }) => account_id !== null) ?? expect.fail('There is one.');
  await cloud.upload(`fh-${stack.id}`, 'export default { fetch: () => new Response("mine") }');
  await age();

  const found = await run(auditReportSchema.strict(), 'audit run');
  expect(found).toMatchObject({ open: { WORKER_BINDINGS: 1, WORKER_TAGS: 1 }, repairs: [] });
  const { data } = await run(findings, 'audit list');
  expect(data.map(({ kind, stack_id, next }) => ({ kind, stack_id, next }))).toStrictEqual(
    expect.arrayContaining([
      { kind: 'WORKER_BINDINGS', stack_id: stack.id, next: 'freehold audit run --repair' },
    ]),
  );
  await expect(logIn(platform.instance, 'replaced')).rejects.toThrow();

  const repaired = await run(auditReportSchema, 'audit run --repair');
  expect(repaired.repairs).toHaveLength(1);
  await ended(repaired.repairs);
  await logIn(platform.instance, 'replaced');
  await age();
  expect(await run(auditReportSchema, 'audit run')).toMatchObject({ open: {} });
  expect(await run(findings, 'audit list')).toStrictEqual({ data: [], next_cursor: null });
  expect((await run(findings, 'audit list --filter status=resolved')).data).toHaveLength(2);
});

test('a stack of the pool is made anew, or leaves the pool where its database is gone', async () => {
  const readyStacks = async () =>
    (await landscape(platform.instance)).stacks.filter(({ status }) => status === 'ready');
  await expect.poll(readyStacks, { timeout: 60_000 }).toHaveLength(2);
  const [broken, empty] = await readyStacks();
  if (!broken || !empty) throw new Error('There are two.');
  await cloud.upload(`fh-${broken.id}`, 'export default { fetch: () => new Response("mine") }');
  await api.deleteDatabase(empty.database_id ?? '');
  await age();
  const { repairs } = await run(auditReportSchema, 'audit run --repair');
  expect(repairs).toHaveLength(1);
  await ended(repairs);
  const after = await landscape(platform.instance);
  const statusOf = (id: string) => after.stacks.find((stack) => stack.id === id)?.status;
  expect([statusOf(broken.id), statusOf(empty.id)]).toStrictEqual(['ready', 'retired']);
});

test('audit run and list say in words what they saw', async () => {
  const { id: stray } = await api.createDatabase(`fh-${crypto.randomUUID()}`, 'eu');
  await age();
  const { exitCode, stdout } = await platform.run('audit run --remove-orphans');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^open +\{"ORPHAN_DATABASE":\d/m);
  expect(stdout).toMatch(new RegExp(`^ORPHAN_DATABASE +database:${stray} `, 'm'));
  expect((await cloud.databases()).map(({ uuid }) => uuid)).toContain(stray);
});

test('one survey at a time, and by an admin only', async () => {
  const { url, admin_token: token } = platform.instance;
  await cloud.query(REGISTRY_ID, 'UPDATE surveys SET held_until = 9000000000000');
  const busy = await send(`${url}/admin/audit`, { method: 'POST', token, json: {} });
  expect([busy.status, Object(busy.body).error.code]).toStrictEqual([409, 'SURVEY_IN_PROGRESS']);
  const anybody = await send(`${url}/admin/audit`, { method: 'POST', json: {} });
  expect([anybody.status, Object(anybody.body).error.code]).toStrictEqual([401, 'TOKEN_MISSING']);
});
