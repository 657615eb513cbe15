import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudApi } from './support/cloud-api.ts';
import { landscape, resourceNames } from './support/landscape.ts';
import { logIn } from './support/open-account.ts';
import { send } from './support/send.ts';
import { readOperation, signUp, untilActive } from './support/sign-up.ts';
import { type Fate, WatchedPlatform } from './support/watched-platform.ts';

const CREATE_DATABASE = 'POST /d1/database';
const UPLOAD_WORKER = /^PUT \/workers\/dispatch\/namespaces\/freehold\/scripts\/fh-[0-9a-f-]{36}$/;

let platform: WatchedPlatform;

beforeAll(async () => {
  platform = await WatchedPlatform.start();
});
afterAll(() => platform?.stop());
beforeEach(() => {
  platform.calls.length = 0;
  platform.fate = () => 'through';
});

/** Gives the first call of the kind its fate, and lets all others through. */
function meetOnce(isMeant: (call: string) => boolean, fate: Fate) {
  let met = false;
  return (call: string): Fate => {
    if (met || !isMeant(call)) return 'through';
    met = true;
    return fate;
  };
}

const isUpload = (call: string) => UPLOAD_WORKER.test(call);
const isCreate = (call: string) => call === CREATE_DATABASE;

async function provision(slug: string) {
  const accepted = await signUp(platform.instance, slug);
  const account = await untilActive(platform.instance, accepted);
  const { stacks, databases, scripts } = await landscape(platform.instance);
  const [stack, ...others] = stacks.filter((candidate) => candidate.account_id === account.id);
  if (!stack) throw new Error(`${slug} has no stack.`);
  expect(others).toStrictEqual([]);
  const name = `fh-${stack.id}`;
  return {
    ...{ accepted, account, stack, name },
    databases: databases.filter((database) => database.name === name),
    scripts: scripts.filter((script) => script.id === name),
  };
}

test('an account costs two API calls: its database and its Worker', async () => {
  await provision('two-calls');
  expect(platform.calls).toStrictEqual([CREATE_DATABASE, expect.stringMatching(UPLOAD_WORKER)]);
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
  const text = (binding: string, value: string) => ({ type: 'plain_text', name: binding, text: value });
  expect(bindings.toSorted((a, b) => a.name.localeCompare(b.name))).toStrictEqual([
    expect.objectContaining({ type: 'd1', name: 'DB', database_id: stack.database_id }),
    text('PLATFORM_ISSUER', platform.instance.url),
    text('PLATFORM_KEYS', jwks.text),
    text('RELEASE_ID', stack.release_id),
    text('STACK_ID', stack.id),
  ]);
});

describe('an account is made with nothing twice and nothing left over', () => {
  test.each<[string, string, (call: string) => boolean, Fate, RegExp[]]>([
    ['the reply to create is lost', 'db-lost', isCreate, 'reply-lost', [/^POST/, /^GET/, /^PUT/]],
    [
      'the create call does not arrive',
      'db-unsent',
      isCreate,
      'never-sent',
      [/^POST/, /^GET/, /^POST/, /^PUT/],
    ],
    [
      'the create call fails with 500',
      'db-500',
      isCreate,
      { status: 500 },
      [/^POST/, /^GET/, /^POST/, /^PUT/],
    ],
    ['the reply to the upload is lost', 'up-lost', isUpload, 'reply-lost', [/^POST/, /^PUT/, /^PUT/]],
    ['the upload does not arrive', 'up-unsent', isUpload, 'never-sent', [/^POST/, /^PUT/, /^PUT/]],
    ['the upload fails with 503', 'up-503', isUpload, { status: 503 }, [/^POST/, /^PUT/, /^PUT/]],
  ])('when %s', async (_, slug, isMeant, fate, calls) => {
    platform.fate = meetOnce(isMeant, fate);
    const { databases, scripts } = await provision(slug);
    expect(databases).toHaveLength(1);
    expect(scripts).toHaveLength(1);
    expect(platform.calls).toStrictEqual(calls.map((call) => expect.stringMatching(call)));
    await expect(logIn(platform.instance, slug)).resolves.toMatchObject({ token_type: 'Bearer' });
  });

  test('when Cloudflare asks to slow down, and then not before the time it named', async () => {
    platform.fate = meetOnce(isUpload, { status: 429, headers: { 'retry-after': '2' } });
    const { accepted, databases, scripts } = await provision('slowed');
    expect(databases).toHaveLength(1);
    expect(scripts).toHaveLength(1);
    const { steps } = await readOperation(platform.instance, accepted.operation.id);
    const upload = steps.find((step) => step.name === 'ensure-worker');
    expect(upload).toMatchObject({ status: 'succeeded', attempts: 2 });
    expect((upload?.finished_at ?? 0) - (upload?.started_at ?? 0)).toBeGreaterThanOrEqual(2_000);
  });
});

describe('a refusal that time does not mend', () => {
  const wasRefused = {
    code: 'CLOUDFLARE_REJECTED',
    message: 'The Cloudflare API refused the request.',
  };

  test('fails the operation and the account, says why, and a retry goes on from there', async () => {
    platform.fate = meetOnce(isUpload, { status: 403 });
    const { account, operation } = await signUp(platform.instance, 'refused');
    await expect
      .poll(async () => (await readOperation(platform.instance, operation.id)).status, { timeout: 20_000 })
      .toBe('failed');
    const failed = await readOperation(platform.instance, operation.id);
    expect(failed).toMatchObject({ status: 'failed', error: wasRefused, finished_at: expect.any(Number) });
    expect(failed.steps.map(({ status }) => status)).toStrictEqual([
      ...['succeeded', 'failed'],
      ...['pending', 'pending', 'pending', 'pending'],
    ]);
    const answer = await send(`${platform.instance.url}/a/refused/me`, { token: 'any' });
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'ACCOUNT_UNAVAILABLE' } } });

    const token = platform.instance.admin_token;
    const url = `${platform.instance.url}/admin/operations/${operation.id}/retry`;
    const retried = await send(url, { method: 'POST', token });
    expect(retried).toMatchObject({
      status: 200,
      body: { id: operation.id, status: 'succeeded', error: null },
    });
    await expect(untilActive(platform.instance, { account, operation })).resolves.toMatchObject({
      status: 'active',
    });
    expect(platform.calls.filter(isCreate)).toHaveLength(1);
  });
});

test('in the end the cloud holds one database and one Worker for each stack, and nothing else', async () => {
  const all = await landscape(platform.instance);
  expect(all.stacks.map(({ status }) => status)).toStrictEqual(all.accounts.map(() => 'serving'));
  expect(all.databases.map(({ name }) => name).sort()).toStrictEqual(resourceNames(all));
  expect(all.scripts.map(({ id }) => id).sort()).toStrictEqual(resourceNames(all));
});
