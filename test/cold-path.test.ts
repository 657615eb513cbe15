import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudControl, type FaultRequest } from '#local-cloud/host/cloud-control.ts';
import { CloudApi } from './support/cloud-api.ts';
import { landscape, resourceNames } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { logIn } from './support/open-account.ts';
import { send } from './support/send.ts';
import { readOperation, signUp, untilActive } from './support/sign-up.ts';

const CREATE = /^POST \/d1\/database$/;
const FIND = /^GET \/d1\/database\?/;
const UPLOAD = /^PUT \/workers\/dispatch\/namespaces\/freehold\/scripts\/fh-[0-9a-f-]{36}$/;

const CREATES = { method: 'POST', path: '/d1/database' } as const;
const UPLOADS = { method: 'PUT', path: '/workers/dispatch/namespaces/freehold/scripts/*' } as const;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let control: CloudControl;

beforeAll(async () => {
  platform = await startTestPlatform({ faults: {} });
  control = new CloudControl(platform.cloud, { apiToken: platform.instance.cloudflare_api_token });
});
afterAll(() => platform?.stop());
beforeEach(() => control.clearCalls());

/** Signs up, waits until the account is active, and gives the calls it took and all that was made for it. */
async function provision(slug: string) {
  const accepted = await signUp(platform.instance, slug);
  const account = await untilActive(platform.instance, accepted);
  const calls = await control.apiCalls();
  const { stacks, databases, scripts } = await landscape(platform.instance);
  const [stack, ...others] = stacks.filter((candidate) => candidate.account_id === account.id);
  if (!stack) throw new Error(`${slug} has no stack.`);
  expect(others).toStrictEqual([]);
  const name = `fh-${stack.id}`;
  return {
    ...{ accepted, account, calls, stack, name },
    databases: databases.filter((database) => database.name === name),
    scripts: scripts.filter((script) => script.id === name),
  };
}

function matching(...calls: readonly RegExp[]) {
  return calls.map((call) => expect.stringMatching(call));
}

test('an account costs two API calls: its database and its Worker', async () => {
  const { calls } = await provision('two-calls');
  expect(calls).toStrictEqual(matching(CREATE, UPLOAD));
});

test('an account has one database, in the EU, and one Worker, both named for its stack', async () => {
  const { account, stack, name, databases, scripts } = await provision('named');
  expect(databases).toStrictEqual([{ uuid: stack.database_id, name, jurisdiction: 'eu' }]);
  expect(scripts).toHaveLength(1);
  expect(scripts[0]?.tags).toStrictEqual([`stack:${stack.id}`, `release:${stack.release_id}`]);
  expect(stack).toMatchObject({
    ...{ status: 'serving', residency: 'eu', worker_name: name, dispatch_namespace: 'freehold' },
    observed_release_id: stack.release_id,
    observed_schema_version: account.schema_version,
  });
});

test("an account's Worker is bound to its own database and to four plain facts, and to no secret", async () => {
  const { stack, name } = await provision('bound');
  const bindings = await new CloudApi(platform.instance).bindings(name);
  const jwks = await send(`${platform.instance.url}/.well-known/jwks.json`);
  const fact = (binding: string, text: string) => ({ type: 'plain_text', name: binding, text });
  expect(bindings.toSorted((a, b) => a.name.localeCompare(b.name))).toStrictEqual([
    expect.objectContaining({ type: 'd1', name: 'DB', database_id: stack.database_id }),
    fact('PLATFORM_ISSUER', 'https://freehold.localhost'),
    fact('PLATFORM_KEYS', jwks.text),
    fact('RELEASE_ID', stack.release_id),
    fact('STACK_ID', stack.id),
  ]);
});

describe('an account is made, with nothing twice and nothing left over,', () => {
  test.each<[string, string, FaultRequest, RegExp[]]>([
    ['the reply to create is lost', 'db-lost', { kind: 'drop-after', ...CREATES }, [CREATE, FIND, UPLOAD]],
    ['create fails', 'db-500', { kind: 'fail-before', ...CREATES }, [CREATE, FIND, CREATE, UPLOAD]],
    [
      'the reply to the upload is lost',
      'up-lost',
      { kind: 'drop-after', ...UPLOADS },
      [CREATE, UPLOAD, UPLOAD],
    ],
    [
      'the upload fails',
      'up-503',
      { kind: 'fail-before', ...UPLOADS, status: 503 },
      [CREATE, UPLOAD, UPLOAD],
    ],
  ])('when %s', async (_, slug, fault, expected) => {
    await control.addFault(fault);
    const { databases, scripts, calls } = await provision(slug);
    expect(databases).toHaveLength(1);
    expect(scripts).toHaveLength(1);
    expect(calls).toStrictEqual(matching(...expected));
    await expect(logIn(platform.instance, slug)).resolves.toMatchObject({ token_type: 'Bearer' });
  });

  test('when Cloudflare asks to slow down, and then not before the time that it named', async () => {
    await control.addFault({ kind: 'fail-before', ...UPLOADS, status: 429, retry_after_s: 2 });
    const { accepted, databases, scripts } = await provision('slowed');
    expect(databases).toHaveLength(1);
    expect(scripts).toHaveLength(1);
    const { steps } = await readOperation(platform.instance, accepted.operation.id);
    const upload = steps.find((step) => step.name === 'ensure-worker');
    expect(upload).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect((upload?.finished_at ?? 0) - (upload?.started_at ?? 0)).toBeGreaterThanOrEqual(2_000);
  });
});

test('a refusal for good fails the operation and says why, and a retry goes on from there', async () => {
  await control.addFault({ kind: 'fail-before', ...UPLOADS, status: 403 });
  const accepted = await signUp(platform.instance, 'refused');
  const { id } = accepted.operation;
  const status = async () => (await readOperation(platform.instance, id)).status;
  await expect.poll(status, { timeout: 20_000 }).toBe('failed');

  const failed = await readOperation(platform.instance, id);
  const error = { code: 'CLOUDFLARE_REJECTED', message: 'The Cloudflare API refused the request.' };
  expect(failed).toMatchObject({ status: 'failed', error, finished_at: expect.any(Number) });
  expect(failed.steps.slice(0, 3)).toMatchObject([
    { name: 'ensure-database', status: 'succeeded', error: null },
    { name: 'ensure-worker', status: 'failed', error },
    { name: 'ensure-schema', status: 'pending', error: null },
  ]);
  const refused = await send(`${platform.instance.url}/a/refused/me`, { token: 'any' });
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'ACCOUNT_UNAVAILABLE' } } });

  const url = `${platform.instance.url}/admin/operations/${id}/retry`;
  const retried = await send(url, { method: 'POST', token: platform.instance.admin_token });
  expect(retried).toMatchObject({ status: 200, body: { id, status: 'succeeded', error: null } });
  await expect(untilActive(platform.instance, accepted)).resolves.toMatchObject({ status: 'active' });
  expect(await control.apiCalls()).toStrictEqual(matching(CREATE, UPLOAD, UPLOAD));
});

test('in the end the cloud holds one database and one Worker for each stack, and nothing else', async () => {
  const all = await landscape(platform.instance);
  expect(all.stacks.map(({ status }) => status)).toStrictEqual(all.accounts.map(() => 'serving'));
  expect(all.databases.map(({ name }) => name).sort()).toStrictEqual(resourceNames(all));
  expect(all.scripts.map(({ id }) => id).sort()).toStrictEqual(resourceNames(all));
});
