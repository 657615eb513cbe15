import { APIConnectionError, APIError, RateLimitError } from 'cloudflare/core/error';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudControl, type FaultRequest } from '#local-cloud/host/cloud-control.ts';
import {
  ACCOUNT,
  callApi,
  dispatch,
  scriptPath,
  sdk,
  startTestCloud,
  type TestCloud,
  upload,
  uploadForm,
} from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;
/** A condition is waited for this long, for the machine may be busy. */
const WITHIN = { timeout: 20_000 };
const DATABASES = '/d1/database';
const SCRIPTS = '/workers/dispatch/namespaces/tenants/scripts';
const ANSWERS = `export default { fetch: () => new Response('answers') }`;

let cloud: TestCloud;
let control: CloudControl;
let client: ReturnType<typeof sdk>;

beforeAll(async () => {
  cloud = await startTestCloud({ faults: {}, databaseSlots: 60 });
  control = new CloudControl(cloud, ACCOUNT);
  client = sdk(cloud);
});
afterAll(async () => await cloud.stop());
beforeEach(async () => {
  await control.removeFaults();
  await control.setQuota(undefined);
  await control.clearCalls();
});

const create = (name: string) => client.d1.database.create({ account_id, name });

async function exists(name: string): Promise<boolean> {
  const { result } = await client.d1.database.list({ account_id, name });
  return result.some((database) => database.name === name);
}

async function failureOf(call: PromiseLike<unknown>): Promise<unknown> {
  return await call.then(
    () => 'no failure',
    (thrown: unknown) => thrown,
  );
}

async function untilHeld(state: 'held-before' | 'held-after'): Promise<void> {
  await expect.poll(async () => (await control.calls()).map((call) => call.state), WITHIN).toContain(state);
}

describe('a call', () => {
  test('fails before its effect, in the envelope, and once', async () => {
    await control.addFault({ kind: 'fail-before', method: 'POST', path: DATABASES });
    const failure = await failureOf(create('fails-before'));
    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({
      status: 500,
      errors: [{ code: 10002, message: 'A fault was asked for.' }],
    });
    expect(await exists('fails-before')).toBe(false);
    await create('fails-before');
    expect(await exists('fails-before')).toBe(true);
  });

  test('fails after its effect, with the status, code and text asked for', async () => {
    const failing = { status: 503, code: 7500, message: 'later' };
    await control.addFault({ kind: 'fail-after', method: 'POST', path: DATABASES, ...failing });
    const failure = await failureOf(create('fails-after'));
    expect(failure).toMatchObject({ status: 503, errors: [{ code: 7500, message: 'later' }] });
    expect(await exists('fails-after')).toBe(true);
  });

  test.each([
    ['drop-before', false],
    ['drop-after', true],
  ] as const)('that meets %s ends without an answer', async (kind, effect) => {
    await control.addFault({ kind, method: 'POST', path: DATABASES });
    const failure = await failureOf(create(kind));
    expect(failure).toBeInstanceOf(APIConnectionError);
    expect(failure).toMatchObject({ cause: { cause: { code: 'UND_ERR_SOCKET' } } });
    expect(await exists(kind)).toBe(effect);
    expect((await control.calls())[0]).toMatchObject({ status: null, state: 'done', faults: [kind] });
  });

  test('is told to slow down', async () => {
    const slowDown: FaultRequest = { kind: 'fail-before', status: 429, retry_after_s: 7 };
    await control.addFault(slowDown);
    const failure = await failureOf(create('slowed'));
    expect(failure).toBeInstanceOf(RateLimitError);
    expect((failure as RateLimitError).headers.get('retry-after')).toBe('7');
  });

  test('is delayed', async () => {
    await control.addFault({ kind: 'delay', ms: 60_000, method: 'POST', path: DATABASES });
    const caller = new AbortController();
    const left = client.d1.database.create({ account_id, name: 'delayed' }, { signal: caller.signal });
    const calls = async () => (await control.calls()).map(({ state, faults }) => ({ state, faults }));
    await expect.poll(calls, WITHIN).toEqual([{ state: 'running', faults: ['delay'] }]);
    expect(await exists('delayed')).toBe(false);
    caller.abort();
    expect(await failureOf(left)).toBeInstanceOf(Error);
  });

  test('meets a fault only after those that are to pass, and all faults that match it', async () => {
    await control.addFault({ kind: 'fail-before', path: DATABASES, skip: 1, count: 2 });
    await control.addFault({ kind: 'delay', ms: 0, count: null });
    const answers: number[] = [];
    for (let n = 0; n < 4; n += 1) answers.push((await callApi(cloud, 'GET', DATABASES)).status);
    expect(answers).toEqual([200, 500, 500, 200]);
    expect((await control.calls()).map(({ faults }) => faults)).toEqual([
      ['delay'],
      ['fail-before', 'delay'],
      ['fail-before', 'delay'],
      ['delay'],
    ]);
  });

  test.each([
    ['another method', { method: 'PUT' }],
    ['another path', { path: `${DATABASES}/*` }],
    ['dispatched requests', { on: 'dispatch' }],
    ['a script', { script: 'tenants/*' }],
  ] as const)('passes a fault of %s', async (_, matching) => {
    await control.addFault({ kind: 'fail-before', ...matching });
    expect((await callApi(cloud, 'GET', DATABASES)).status).toBe(200);
  });
});

describe('a held call', () => {
  test('waits before its effect until it is released', async () => {
    const id = await control.addFault({ kind: 'hold-before', method: 'POST', count: null });
    const held = create('held-before');
    await untilHeld('held-before');
    expect(await exists('held-before')).toBe(false);
    await control.releaseFault(id);
    expect(await held).toMatchObject({ name: 'held-before' });
    await create('after-the-release');
    expect((await control.calls()).at(-1)).toMatchObject({ method: 'POST', faults: [] });
  });

  test('waits after its effect until it is released', async () => {
    const id = await control.addFault({ kind: 'hold-after', method: 'POST' });
    const held = create('held-after');
    await untilHeld('held-after');
    expect(await exists('held-after')).toBe(true);
    await control.releaseFault(id);
    expect(await held).toMatchObject({ name: 'held-after' });
  });

  test('is abandoned when the fault is removed', async () => {
    const id = await control.addFault({ kind: 'hold-before', method: 'POST' });
    const held = failureOf(create('abandoned'));
    await untilHeld('held-before');
    await control.removeFault(id);
    expect(await held).toBeInstanceOf(APIConnectionError);
    expect(await exists('abandoned')).toBe(false);
  });

  test('has its effect when it is released, although its caller is gone', async () => {
    const id = await control.addFault({ kind: 'hold-before', method: 'PUT' });
    const caller = new AbortController();
    const left = fetch(`${cloud.apiUrl}/accounts/${account_id}${scriptPath('late')}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ACCOUNT.apiToken}` },
      signal: caller.signal,
      // More than lies on the way in buffers.
      body: uploadForm(`${ANSWERS}\n//${'x'.repeat(8_000_000)}`),
    });
    await untilHeld('held-before');
    caller.abort();
    expect(await failureOf(left)).toMatchObject({ name: 'AbortError' });
    expect(await dispatch(cloud, 'late')).toBe('Error: Worker not found.');
    await control.releaseFault(id);
    await expect.poll(() => dispatch(cloud, 'late'), WITHIN).toBe('answers');
  });
});

describe('a list that lags', () => {
  test('shows what was there when the fault was asked for, until it is removed', async () => {
    await create('lag-old');
    const until = Date.now();
    await expect.poll(() => Date.now()).toBeGreaterThan(until);
    const id = await control.addFault({ kind: 'lag', method: 'GET', path: DATABASES, count: null });
    await expect.poll(() => Date.now()).toBeGreaterThan(until + 1);
    const { uuid = '' } = await create('lag-new');
    expect([await exists('lag-old'), await exists('lag-new')]).toEqual([true, false]);
    expect(await client.d1.database.get(uuid, { account_id })).toMatchObject({ name: 'lag-new' });
    expect((await callApi(cloud, 'GET', `${DATABASES}?name=lag-`)).body).toMatchObject({
      result_info: { total_count: 1 },
    });
    await control.removeFault(id);
    expect(await exists('lag-new')).toBe(true);
  });

  test('shows scripts as old as it lags', async () => {
    await upload(cloud, 'lag', ANSWERS, { tags: ['lag'] });
    await control.addFault({ kind: 'lag', path: SCRIPTS, ms: 60_000, count: null });
    const listed = async () => (await callApi(cloud, 'GET', `${SCRIPTS}?tags=lag:yes`)).body.result;
    expect(await listed()).toEqual([]);
    await control.advanceClock(60_001);
    expect(await listed()).toMatchObject([{ id: 'lag' }]);
  });
});

describe('the quota', () => {
  test('blocks every call for a window’s length once it is passed, and says for how long', async () => {
    await control.setQuota({ limit: 3, window_ms: 300_000 });
    const answers = [];
    for (let n = 0; n < 3; n += 1) answers.push(await callApi(cloud, 'GET', DATABASES));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const failure = await failureOf(create('past-the-quota'));
    expect(failure).toBeInstanceOf(RateLimitError);
    expect((failure as RateLimitError).headers.get('retry-after')).toBe('300');
    await control.advanceClock(299_000);
    expect((await callApi(cloud, 'GET', DATABASES)).status).toBe(429);
    await control.advanceClock(1_001);
    expect(await exists('past-the-quota')).toBe(false);
    expect((await control.calls()).map(({ faults }) => faults)).toEqual([
      [],
      [],
      [],
      ['quota'],
      ['quota'],
      [],
    ]);
  });

  test('says with each answer what is left', async () => {
    await control.setQuota({});
    const { headers } = await fetch(`${cloud.apiUrl}/accounts`, {
      headers: { authorization: `Bearer ${ACCOUNT.apiToken}` },
    });
    expect(headers.get('ratelimit')).toBe('"default";r=1199;t=300');
    expect(headers.get('ratelimit-policy')).toBe('"default";q=1200;w=300');
    expect(headers.get('retry-after')).toBeNull();
  });
});
