import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import {
  ADDRESS_FORMS,
  logIn,
  type OpenAccount,
  openAccount,
  sessionSchema,
} from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type Answer, send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'acme');
});
afterAll(() => platform?.stop());

function post(path: string, json: unknown): Promise<Answer> {
  return send(`${account.url('path')}${path}`, { method: 'POST', json });
}

describe('a session', () => {
  test.each(ADDRESS_FORMS)('goes on with a new refresh token each time, in the %s form', async (form) => {
    const first = await logIn(platform.instance, 'acme', form);
    const json = { refresh_token: first.refresh_token };
    const answer = await send(`${account.url(form)}/sessions/refresh`, { method: 'POST', json });
    expect(answer.status, answer.text).toBe(200);
    const second = sessionSchema.parse(answer.body);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.user).toStrictEqual(first.user);
    const token = second.access_token;
    expect(await account.send('/me', { token }, form)).toMatchObject({ status: 200, body: second.user });
  });

  test('ends where a refresh token comes back that was replaced twice', async () => {
    const first = await logIn(platform.instance, 'acme');
    const refresh = (refresh_token: string) => post('/sessions/refresh', { refresh_token });
    const second = sessionSchema.parse((await refresh(first.refresh_token)).body);
    const third = sessionSchema.parse((await refresh(second.refresh_token)).body);
    expectRefusal(await refresh(first.refresh_token), 'REFRESH_TOKEN_INVALID');
    const lost = sessionSchema.parse((await refresh(second.refresh_token)).body);
    expectRefusal(await refresh(third.refresh_token), 'REFRESH_TOKEN_INVALID');
    expectRefusal(await refresh(lost.refresh_token), 'REFRESH_TOKEN_INVALID');
    expectRefusal(await account.send('/me', { token: lost.access_token }), 'SESSION_ENDED');
  });

  test('ends at once when its user logs out, and no other with it', async () => {
    const [leaving, staying] = [
      await logIn(platform.instance, 'acme'),
      await logIn(platform.instance, 'acme'),
    ];
    const token = leaving.access_token;
    expect(await account.send('/me', { token })).toMatchObject({ status: 200 });
    const out = await account.send('/sessions/current', { method: 'DELETE', token });
    expect(out).toMatchObject({ status: 204, text: '' });
    expectRefusal(await account.send('/me', { token }), 'SESSION_ENDED');
    const json = { kind: 'company', company_name: 'Too late Ltd' };
    expectRefusal(await account.send('/clients', { method: 'POST', json, token }), 'SESSION_ENDED');
    expectRefusal(await account.send('/sessions/current', { method: 'DELETE', token }), 'SESSION_ENDED');
    const { refresh_token } = leaving;
    expectRefusal(await post('/sessions/refresh', { refresh_token }), 'REFRESH_TOKEN_INVALID');
    expect(await account.send('/me', { token: staying.access_token })).toMatchObject({ status: 200 });
  });

  test('is not had with what is no refresh token', async () => {
    const secret = account.session.refresh_token.split('.')[1];
    for (const refresh_token of ['nonsense', `${account.account.id}.${secret}`, `${account.account.id}.x`]) {
      expectRefusal(await post('/sessions/refresh', { refresh_token }), 'REFRESH_TOKEN_INVALID');
    }
    const { access_token } = account.session;
    expectInvalidFields(await post('/sessions/refresh', { refresh_token: access_token }), 'refresh_token');
    expectInvalidFields(await post('/sessions/refresh', {}), 'refresh_token');
  });
});

describe('logging in', () => {
  test('tells nobody whether it was the e-mail address or the password', async () => {
    const wrongPassword = await post('/sessions', {
      email: 'owner@acme.example',
      password: 'not the password',
    });
    const unknown = await post('/sessions', { email: 'nobody@acme.example', password: PASSWORD });
    expectRefusal(wrongPassword, 'INVALID_CREDENTIALS');
    expectRefusal(unknown, 'INVALID_CREDENTIALS');
    expect([...wrongPassword.headers.keys()]).toStrictEqual([...unknown.headers.keys()]);
  });

  test('takes the e-mail address however it is written', async () => {
    const answer = await post('/sessions', { email: ' Owner@ACME.example ', password: PASSWORD });
    expect(answer).toMatchObject({ status: 201, body: { user: { email: 'owner@acme.example' } } });
  });

  test('takes the password exactly', async () => {
    for (const password of [PASSWORD.toUpperCase(), ` ${PASSWORD}`, `${PASSWORD}\n`]) {
      expectRefusal(
        await post('/sessions', { email: 'owner@acme.example', password }),
        'INVALID_CREDENTIALS',
      );
    }
  });

  test('is a POST and nothing else', async () => {
    for (const [path, allow] of [
      ['/sessions', 'POST, DELETE'],
      ['/sessions/refresh', 'POST'],
      ['/sessions/external', 'POST'],
      ['/invitations/accept', 'POST'],
      ['/password-resets', 'POST'],
      ['/password-resets/complete', 'POST'],
    ] as const) {
      const answer = await account.send(path);
      expect(answer).toMatchObject({ status: 405, body: { error: { code: 'METHOD_NOT_ALLOWED' } } });
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  test('names what is missing or unknown', async () => {
    expectInvalidFields(await post('/sessions', {}), 'email', 'password');
    expectInvalidFields(
      await post('/sessions', { email: 'owner@acme.example', password: PASSWORD, role: 'owner' }),
      'role',
    );
  });

  test('gives no password hash away, and neither does anything else about the user', async () => {
    const { id } = account.session.user;
    const answers = [
      await post('/sessions', { email: 'owner@acme.example', password: PASSWORD }),
      await account.send('/me'),
      await account.send('/users'),
      await account.send(`/users/${id}`),
      await account.send('/changes'),
    ];
    for (const { text } of answers) expect(text).not.toMatch(/argon2id|password/);
  });
});

test('the published keys have no private part, and nobody keeps an answer that is theirs alone', async () => {
  const answer = await send(`${platform.instance.url}/.well-known/jwks.json`);
  const key = {
    ...{ kid: expect.any(String), kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' },
    x: expect.stringMatching(/^[\w-]{43}$/),
  };
  expect(answer.body).toStrictEqual({ keys: [key, key] });
  expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  const session = await post('/sessions', { email: 'owner@acme.example', password: PASSWORD });
  for (const own of [session, await account.send('/me'), await account.send('/clients/nothing')]) {
    expect(Object.fromEntries(own.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  }
});
