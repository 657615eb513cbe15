import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { accepted, readAccount, sendSignup, signupBody, untilFinished } from './support/sign-up.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;

beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform?.stop());

function act(method: 'POST' | 'PUT', path: string, options: SendOptions = {}) {
  const { url, admin_token: token } = platform.instance;
  return send(`${url}/admin/accounts/${path}`, { method, token, json: {}, ...options });
}

const served = (account: OpenAccount) =>
  account.send('/me').then(({ status, body }) => [status, Object(body).error?.code]);

describe('suspension', () => {
  let account: OpenAccount;

  beforeAll(async () => {
    account = await openAccount(platform.instance, 'pausing');
  });

  test('holds from the request after the answer on, although the account Worker still answers', async () => {
    expect(await served(account)).toStrictEqual([200, undefined]);
    const begun = accepted(await act('POST', 'pausing/suspend'));
    expect(await served(account)).toStrictEqual([403, 'ACCOUNT_SUSPENDED']);
    expect(begun.account.status).toBe('suspended');
    expect(begun.operation).toMatchObject({ kind: 'suspend', status: 'pending' });
    expectRefusal(await account.send('/sessions', { method: 'POST', json: {} }), 'ACCOUNT_SUSPENDED');
    const [another, slug] = await Promise.all([
      act('POST', 'pausing/resume'),
      act('PUT', 'pausing/slug', { json: { slug: 'other-name' } }),
    ]);
    for (const answer of [another, slug]) {
      const which = { operation_id: begun.operation.id, kind: 'suspend' };
      expectRefusal(answer, 'OPERATION_IN_PROGRESS', which);
    }
    const ended = await untilFinished(platform.instance, begun.operation.id);
    expect(ended).toMatchObject({ status: 'succeeded', error: null });
    expect(ended.steps.map(({ name }) => name)).toStrictEqual(['await-route-expiry']);
  });

  test('is refused where it holds already, and says what the status is', async () => {
    const context = { status: 'suspended', allowed: ['active'] };
    expectRefusal(await act('POST', 'pausing/suspend'), 'ACCOUNT_STATUS_CONFLICT', context);
  });

  test('ends with resume, and nothing is lost', async () => {
    const begun = accepted(await act('POST', `${account.account.id}/resume`));
    expect((await untilFinished(platform.instance, begun.operation.id)).status).toBe('succeeded');
    expect(await served(account)).toStrictEqual([200, undefined]);
  });

  test('begins once, however many ask at once', async () => {
    await openAccount(platform.instance, 'raced');
    const answers = await Promise.all(Array.from({ length: 8 }, () => act('POST', 'raced/suspend')));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    const codes = answers.filter(({ status }) => status !== 202).map(({ body }) => Object(body).error.code);
    expect(new Set(codes)).toStrictEqual(new Set(['OPERATION_IN_PROGRESS']));
  });

  test('replays its first answer under an idempotency key', async () => {
    await openAccount(platform.instance, 'replayed');
    const headers = { 'idempotency-key': 'suspend-once' };
    const first = await act('POST', 'replayed/suspend', { headers });
    const again = await act('POST', 'replayed/suspend', { headers });
    expect([again.status, again.text]).toStrictEqual([first.status, first.text]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('of nobody is refused', async () => {
    expectRefusal(await act('POST', 'nobody-here/suspend'), 'ACCOUNT_NOT_FOUND');
  });
});

describe('a change of slug', () => {
  test('leads the new address to the account and the old one to nobody, at once', async () => {
    const account = await openAccount(platform.instance, 'before');
    const headers = { 'idempotency-key': 'change-once' };
    const first = await act('PUT', 'before/slug', { json: { slug: 'after' }, headers });
    const begun = accepted(first);
    expect(begun.account).toMatchObject({ slug: 'after', url: `${platform.instance.url}/a/after` });
    expect((await served(account))[1]).toBe('ACCOUNT_NOT_FOUND');
    const { access_token: token } = account.session;
    expect((await send(`${platform.instance.url}/a/after/me`, { token })).status).toBe(200);
    expect(await readAccount(platform.instance, 'after')).toMatchObject({ id: account.account.id });
    expect((await act('PUT', 'before/slug', { json: { slug: 'after' }, headers })).text).toBe(first.text);
    const fields = [{ field: 'slug', message: 'This slug is taken.' }];
    expectRefusal(await sendSignup(platform.instance, signupBody('before')), 'SLUG_TAKEN', { fields });
  });

  test('refuses a slug that is taken, reserved or none', async () => {
    await Promise.all([openAccount(platform.instance, 'taken'), openAccount(platform.instance, 'wanting')]);
    const wish = (slug: unknown) => act('PUT', 'wanting/slug', { json: { slug } });
    const [taken, own, reserved, bad] = await Promise.all(['taken', 'wanting', 'admin', 'No!'].map(wish));
    for (const [answer, code] of [
      [taken, 'SLUG_TAKEN'],
      [own, 'SLUG_TAKEN'],
      [reserved, 'SLUG_RESERVED'],
      [bad, 'VALIDATION_FAILED'],
    ] as const) {
      const fields = [{ field: 'slug', message: expect.stringMatching(/./) }];
      expectRefusal(answer ?? expect.fail('no answer'), code, { fields });
    }
  });
});
