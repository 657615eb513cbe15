import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFinished, operationSchema } from '#shared-schema/operations/operation.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, logIn } from './support/open-account.ts';
import { send } from './support/send.ts';
import {
  type Accepted,
  accepted,
  PASSWORD,
  readAccount,
  readOperation,
  sendSignup,
  signUp,
  signupBody,
  untilActive,
} from './support/sign-up.ts';

const STEPS = ['ensure-database', 'ensure-worker', 'ensure-schema', 'ensure-owner', 'verify', 'activate'];

let platform: Awaited<ReturnType<typeof startTestPlatform>>;

beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform?.stop());

describe('a person signs up', () => {
  let first: Accepted;

  test('and is told of the account, its operation and where to follow it', async () => {
    const answer = await sendSignup(platform.instance, signupBody('first'));
    first = accepted(answer);
    expect(answer.headers.get('location')).toBe(`/operations/${first.operation.id}`);
    expect(first.account).toMatchObject({
      slug: 'first',
      name: 'The firm first',
      status: 'provisioning',
      residency: 'eu',
      url: `${platform.instance.url}/a/first`,
      release: null,
      schema_version: null,
    });
    expect(first.operation).toMatchObject({
      kind: 'provision',
      account_id: first.account.id,
      status: 'pending',
      error: null,
    });
    expect(first.operation.steps.map((step) => step.name)).toStrictEqual(STEPS);
  });

  test('and follows the operation live through every step', async () => {
    const events = await followLive((await signUp(platform.instance, 'live')).operation.id);
    const last = events.at(-1);
    expect(last?.status).toBe('succeeded');
    expect(last?.steps.map(({ name, status }) => [name, status])).toStrictEqual(
      STEPS.map((name) => [name, 'succeeded']),
    );
    for (const { steps } of events) {
      const done = steps.filter((step) => step.status === 'succeeded').length;
      expect(steps.slice(0, done).every((step) => step.status === 'succeeded')).toBe(true);
      expect(steps.slice(done + 1).every((step) => step.status === 'pending')).toBe(true);
    }
    const doneCounts = events.map(({ steps }) => steps.filter((step) => step.status === 'succeeded').length);
    expect(doneCounts).toStrictEqual(doneCounts.toSorted((a, b) => a - b));
  });

  test('and the account becomes active, with its release and schema', async () => {
    const account = await untilActive(platform.instance, first);
    expect(account).toMatchObject({
      ...{ id: first.account.id, slug: 'first', status: 'active' },
      ...{ release: platform.release.id, schema_version: platform.release.schema_version },
    });
    const operation = await readOperation(platform.instance, first.operation.id);
    for (const step of operation.steps) {
      expect(step).toMatchObject({ status: 'succeeded', attempts: 1, error: null });
      expect(step.finished_at).toBeGreaterThanOrEqual(step.started_at ?? Number.NaN);
    }
  });

  test.each(ADDRESS_FORMS)('and logs in at the account, in its %s form', async (form) => {
    const session = await logIn(platform.instance, 'first', form);
    expect(session.user).toMatchObject({
      ...{ email: 'owner@first.example', name: 'Olive Owner', role: 'owner', status: 'active' },
      account_id: first.account.id,
    });
  });

  test('and finds the account at the url that was given', async () => {
    const { access_token: token } = await logIn(platform.instance, 'first');
    const answer = await send(`${first.account.url}/me`, { token });
    expect(answer).toMatchObject({ status: 200, body: { email: 'owner@first.example', role: 'owner' } });
  });

  test('and her password is kept only as a hash, in her own database', async () => {
    const cloud = new CloudApi(platform.instance);
    const operations = await cloud.query(
      REGISTRY_ID,
      'SELECT input, status FROM operations WHERE id = ?',
      first.operation.id,
    );
    expect(operations).toStrictEqual([{ input: '{}', status: 'succeeded' }]);
    const registry = await cloud.dump(REGISTRY_ID);
    expect(registry).toContain('first');
    for (const secret of ['argon2id', PASSWORD, 'owner@first.example'])
      expect(registry).not.toContain(secret);
  });

  test('and no answer has the password or its hash', async () => {
    const token = platform.instance.admin_token;
    const paths = [
      `/operations/${first.operation.id}`,
      '/admin/accounts',
      '/admin/operations',
      '/admin/events',
    ];
    for (const path of [...paths, `/admin/operations/${first.operation.id}`, '/admin/stacks']) {
      const answer = await send(`${platform.instance.url}${path}`, { token });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).not.toMatch(/argon2id|password/);
    }
  });
});

describe('many sign up at once', () => {
  test('and each gets an account of their own', async () => {
    const slugs = Array.from({ length: 10 }, (_, number) => `crowd-${number}`);
    const all = await Promise.all(slugs.map((slug) => signUp(platform.instance, slug)));
    const accounts = await Promise.all(all.map((one) => untilActive(platform.instance, one)));
    expect(accounts.map(({ slug, status }) => `${slug} ${status}`)).toStrictEqual(
      slugs.map((slug) => `${slug} active`),
    );
    expect(new Set(accounts.map(({ id }) => id)).size).toBe(10);
  });

  test('for one slug, and exactly one gets it', async () => {
    const body = signupBody('wanted');
    const answers = await Promise.all([1, 2, 3].map(() => sendSignup(platform.instance, body)));
    expect(answers.map(({ status }) => status).sort()).toStrictEqual([202, 409, 409]);
    const won = answers.find(({ status }) => status === 202);
    if (won) await untilActive(platform.instance, accepted(won));
    const { accounts } = await landscape(platform.instance);
    expect(accounts.filter(({ slug }) => slug === 'wanted')).toHaveLength(1);
  });
});

describe('an Idempotency-Key', () => {
  const headers = { 'idempotency-key': 'the-same-key' };

  test('gives the first answer again, also to requests that come at once, and makes one account', async () => {
    const body = signupBody('keyed');
    const [one, two] = await Promise.all([
      sendSignup(platform.instance, body, headers),
      sendSignup(platform.instance, body, headers),
    ]);
    await untilActive(platform.instance, accepted(one));
    const later = await sendSignup(platform.instance, body, headers);
    for (const answer of [two, later]) expect(answer).toMatchObject({ status: 202, text: one.text });
    const replays = [one, two, later].map((answer) => answer.headers.get('idempotency-replayed'));
    expect(replays.toSorted()).toStrictEqual([null, 'true', 'true']);
    const location = `/operations/${accepted(one).operation.id}`;
    for (const answer of [one, two, later]) expect(answer.headers.get('location')).toBe(location);
    await expect(readAccount(platform.instance, 'keyed')).resolves.toMatchObject({ status: 'active' });
  });

  test.each([
    ['slug', signupBody('keyed-other')],
    ['name', { ...signupBody('keyed'), name: 'Another firm' }],
    [
      'e-mail',
      { ...signupBody('keyed'), owner: { ...signupBody('keyed').owner, email: 'other@keyed.example' } },
    ],
  ])('is refused with another %s', async (_, body) => {
    const answer = await sendSignup(platform.instance, body, headers);
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } } });
  });
});

/** Every state of an operation that the live stream tells of, to its end. */
async function followLive(operationId: string) {
  const response = await fetch(`${platform.instance.url}/operations/${operationId}`, {
    headers: { accept: 'text/event-stream' },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = (await response.text()).trimEnd().split('\n\n');
  const operations = events.map((event) => {
    const [name, data = ''] = event.split('\n');
    expect(name).toBe('event: operation');
    return operationSchema.strict().parse(JSON.parse(data.replace(/^data: /, '')));
  });
  expect(operations.slice(0, -1).some(isFinished)).toBe(false);
  return operations;
}
