import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { adminFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { accountWorkerTags } from '#provisioner/steps/account-worker-facts.ts';
import { findingSchema } from '#shared-schema/audit/finding.ts';
import { RESIDENCY } from '#shared-schema/audit/residency.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { landscape } from './support/landscape.ts';
import { LATER_SCHEMA, laterRelease, publish } from './support/later-release.ts';
import { logIn, openAccount } from './support/open-account.ts';
import { send } from './support/send.ts';

const findings = z.strictObject({ data: z.array(findingSchema.strict()), next_cursor: z.null() });

const factSchema = z.strictObject({ what: z.string(), source: z.string() });
const auditSchema = z.strictObject({
  ...{ looked_at: z.int(), missed: z.int(), unsettled: z.int(), schemas_compared: z.int() },
  ...{ databases: z.int(), workers: z.int(), findings: z.array(findingSchema.strict()) },
  repairs: z.array(z.strictObject({ id: z.string(), account_id: z.string().nullable(), status: z.string() })),
  ...{ removed: z.array(z.string()), kept: z.array(z.object({ reason: z.string() })) },
  residency: z.strictObject({ enforced: z.array(factSchema), asked_for: z.array(factSchema) }),
});

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

/** What `freehold audit` prints and how it ends: null as an error code is 0 as an exit code. */
async function audit(options = '') {
  const { exitCode, stdout, stderr } = await platform.run(`audit --json${options}`);
  const error = stderr === '' ? null : JSON.parse(stderr).error.code;
  expect(exitCode).toBe(error === null ? 0 : 1);
  return { error, ...(stdout === '' ? {} : auditSchema.parse(JSON.parse(stdout))) };
}

async function list(line = 'audit list') {
  const { exitCode, stdout } = await platform.run(`${line} --json`);
  expect(exitCode).toBe(0);
  return findings.parse(JSON.parse(stdout)).data;
}

/** No list lags behind what was made so long ago, and nothing is at work. */
async function age(): Promise<void> {
  const atWork = () =>
    cloud.query(REGISTRY_ID, `SELECT id FROM operations WHERE status IN ('pending', 'running')`);
  await expect.poll(atWork, { timeout: 60_000 }).toEqual([]);
  await cloud.query(REGISTRY_ID, 'UPDATE stacks SET updated_at = 0');
}

const readyStacks = async () =>
  (await landscape(platform.instance)).stacks.filter(({ status }) => status === 'ready');

test('audit finds a Worker that is not ours; --fix uploads it again, once it was said twice', async () => {
  await openAccount(platform.instance, 'replaced');
  await expect.poll(readyStacks, { timeout: 60_000 }).toHaveLength(2);
  const { stacks } = await landscape(platform.instance);
  const stack = stacks.find(({ account_id }) => account_id !== null) ?? expect.fail('There is one.');
  await age();
  expect(await audit()).toMatchObject({
    ...{ error: null, looked_at: 3, missed: 0, unsettled: 0, schemas_compared: 3, findings: [] },
    residency: RESIDENCY,
  });

  await cloud.upload(`fh-${stack.id}`, 'export default { fetch: () => new Response("mine") }');
  const found = await audit();
  expect(found).toMatchObject({
    error: 'AUDIT_HAS_FINDINGS',
    looked_at: 3,
    schemas_compared: 2,
    repairs: [],
  });
  const open = await list();
  expect(open).toStrictEqual(found.findings);
  expect(open.map(({ kind, stack_id, next }) => ({ kind, stack_id, next }))).toStrictEqual(
    ['WORKER_BINDINGS', 'WORKER_TAGS'].map((kind) => ({
      ...{ kind, stack_id: stack.id, next: 'freehold audit --fix' },
    })),
  );
  await expect(logIn(platform.instance, 'replaced')).rejects.toThrow();
  expect(await audit(' --fix')).toEqual({ error: 'NOT_CONFIRMED' });

  const fixed = await audit(' --fix --yes');
  expect(fixed).toMatchObject({
    ...{ error: null, findings: [], removed: [], kept: [] },
    repairs: [{ account_id: stack.account_id, status: 'succeeded' }],
  });
  await logIn(platform.instance, 'replaced');
  await age();
  expect(await audit()).toMatchObject({ error: null, looked_at: 3, findings: [] });
  expect(await list('audit list --filter status=resolved')).toHaveLength(2);
});

test('a stack of the pool is made anew, or leaves the pool where its database is gone', async () => {
  await expect.poll(readyStacks, { timeout: 60_000 }).toHaveLength(2);
  const [broken, empty] = await readyStacks();
  if (!broken || !empty) throw new Error('There are two.');
  await cloud.upload(`fh-${broken.id}`, 'export default { fetch: () => new Response("mine") }');
  await api.deleteDatabase(empty.database_id ?? '');
  await age();
  const { error, repairs } = await audit(' --fix --yes');
  expect({ error, repairs }).toMatchObject({
    ...{ error: null, repairs: [{ account_id: null, status: 'succeeded' }] },
  });
  const after = await landscape(platform.instance);
  const statusOf = (id: string) => after.stacks.find((stack) => stack.id === id)?.status;
  expect([statusOf(broken.id), statusOf(empty.id)]).toStrictEqual(['ready', 'retired']);
});

test('audit says in words what it saw, how far it has come, and what of residency is enforced', async () => {
  const { id: stray } = await api.createDatabase(`fh-${crypto.randomUUID()}`, 'eu');
  await age();
  const { exitCode, stdout, stderr } = await platform.run('audit');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^ {2}… (\d+) of \1 stacks looked at$/m);
  expect(stderr).toMatch(/^AUDIT_HAS_FINDINGS: \d+ findings are open\.\nNext: .*freehold audit --fix/m);
  expect(stdout).toMatch(/^(\d+) of \1 stacks looked at, \1 schemas compared;$/m);
  expect(stdout).toMatch(new RegExp(`^ORPHAN_DATABASE +database:${stray} `, 'm'));
  const [, enforced, askedFor] = stdout.split(/^Residency, .*:$/m);
  expect(enforced).toContain('runs and stores only in its jurisdiction (eu)');
  expect(askedFor).toContain('Where Workers compute');
  expect((await audit(' --fix --yes')).error).toBe('AUDIT_HAS_FINDINGS');
  expect((await cloud.databases()).map(({ uuid }) => uuid)).toContain(stray);
});

test('audit finds a Worker of older code under the name of a later release; --fix brings its schema up', async () => {
  const { stacks } = await landscape(platform.instance);
  const stack = stacks.find(({ account_id }) => account_id !== null) ?? expect.fail('There is one.');
  const older = await buildRelease();
  const { id: release_id } = await publish(platform.instance, await laterRelease());
  await cloud.query(REGISTRY_ID, 'UPDATE stacks SET release_id = ? WHERE id = ?', release_id, stack.id);
  const bindings = await cloud.bindings(stack.worker_name);
  const texts = bindings.flatMap(({ type, name, text }) => (type === 'plain_text' ? [[name, text]] : []));
  await api.uploadAccountWorker(stack.dispatch_namespace, {
    ...{ name: stack.worker_name, bundle: older, databaseId: stack.database_id ?? '' },
    texts: { ...Object.fromEntries(texts), RELEASE_ID: release_id },
    tags: accountWorkerTags({ ...stack, release_id }),
  });
  await age();
  // Not the stray database of before.
  const ofStacks = async () => (await audit()).findings?.filter(({ stack_id }) => stack_id !== null);
  expect(await ofStacks()).toMatchObject([
    {
      ...{ kind: 'SCHEMA_BEHIND', stack_id: stack.id, next: 'freehold audit --fix' },
      ...{ expected: { schema_version: LATER_SCHEMA }, seen: { schema_version: older.schema_version } },
    },
  ]);
  expect((await audit(' --fix --yes')).repairs).toMatchObject([
    { account_id: stack.account_id, status: 'succeeded' },
  ]);
  await age();
  expect(await ofStacks()).toStrictEqual([]);
});

test('one survey at a time, and by an admin only', async () => {
  const { url, admin_token: token } = platform.instance;
  await cloud.query(REGISTRY_ID, 'UPDATE surveys SET held_until = 9000000000000');
  const busy = await send(`${url}/admin/audit`, { method: 'POST', token, json: {} });
  expect([busy.status, Object(busy.body).error.code]).toStrictEqual([409, 'SURVEY_IN_PROGRESS']);
  const anybody = await send(`${url}/admin/audit`, { method: 'POST', json: {} });
  expect([anybody.status, Object(anybody.body).error.code]).toStrictEqual([401, 'TOKEN_MISSING']);
});
