import { randomUUID } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER_PASSWORD, TestAccount } from '#test/support/account.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

const USER_ROUTES: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/me'],
  ['GET', '/changes'],
  ['DELETE', '/sessions'],
  ['DELETE', '/sessions/current'],
  ['POST', '/me/password'],
  ['GET', '/invitations'],
  ['POST', '/invitations'],
  ['GET', `/invitations/${randomUUID()}`],
  ['DELETE', `/invitations/${randomUUID()}`],
  ...['/users', '/clients'].flatMap((path): [string, string][] => [
    ['GET', path],
    ['POST', path],
    ['GET', `${path}/${randomUUID()}`],
    ['PATCH', `${path}/${randomUUID()}`],
    ['DELETE', `${path}/${randomUUID()}`],
  ]),
];

describe.each(USER_ROUTES)('%s %s', (method, path) => {
  async function codeFor(token?: string): Promise<string> {
    const body = method === 'POST' || method === 'PATCH' ? { body: {} } : {};
    const options = { method, ...body, ...(token === undefined ? {} : { token }) };
    const answered = await account.workers.send(account.stack, path, options);
    return `${answered.status} ${answered.body?.error.code}`;
  }

  test('needs a token that is good, of this stack, and of a user', async () => {
    const { id, sessionId } = account.owner;
    const sign = (claims: object) => account.accessToken(id, sessionId, 'owner', claims);
    const foreign = await generateKeyPair('EdDSA');
    const claims = { scope: 'account', aud: account.stack.stackId, sub: id, sid: sessionId, role: 'owner' };
    const forged = await account.workers.sign({ ...claims, account_id: account.id }, foreign.privateKey);
    expect({
      none: await codeFor(),
      garbage: await codeFor('garbage'),
      forged: await codeFor(forged),
      expired: await codeFor(await sign({ exp: Math.floor(Date.now() / 1000) - 1 })),
      foreign: await codeFor(await sign({ aud: randomUUID() })),
      control: await codeFor(await account.workers.controlToken(account.stack)),
    }).toEqual({
      none: '401 TOKEN_MISSING',
      garbage: '401 TOKEN_INVALID',
      forged: '401 TOKEN_INVALID',
      expired: '401 TOKEN_EXPIRED',
      foreign: '404 ACCOUNT_NOT_FOUND',
      control: '401 TOKEN_INVALID',
    });
  });

  test('needs, and writes nothing without, a session that goes on, with the user and role and account that the token says', async () => {
    const valid = { kind: 'company', company_name: 'x', name: 'x', email: 'x@x.test' };
    const { kind, company_name, ...user } = valid;
    const passwords = { current_password: OWNER_PASSWORD, new_password: OWNER_PASSWORD };
    const input = path.startsWith('/clients')
      ? { kind, company_name }
      : path === '/me/password'
        ? passwords
        : user;
    const headers = { 'x-freehold-one-time-token-sha256': 'a'.repeat(64) };
    const body = method === 'POST' ? { body: input } : method === 'PATCH' ? { body: {} } : {};
    const { id, sessionId } = account.owner;
    const writes = () => account.rows('SELECT seq FROM changes');
    const before = await writes();
    for (const token of [
      await account.accessToken(id, randomUUID(), 'owner'),
      await account.accessToken(randomUUID(), sessionId, 'owner'),
      await account.accessToken(id, sessionId, 'admin'),
      await account.accessToken(id, sessionId, 'owner', { account_id: randomUUID() }),
    ]) {
      const answered = await account.workers.send(account.stack, path, { method, token, headers, ...body });
      expect(`${answered.status} ${answered.body?.error.code}`).toBe('401 SESSION_ENDED');
    }
    expect(await writes()).toEqual(before);
    expect((await account.owner.get('/me')).status).toBe(200);
  });
});

const CONTROL_ROUTES = [
  ['GET', '/_platform/health'],
  ['GET', '/_platform/schema'],
  ['POST', '/_platform/migrate'],
  ['PUT', '/_platform/owner'],
  ['POST', '/_platform/authenticate'],
  ['POST', '/_platform/refresh'],
  ['POST', '/_platform/open-external-session'],
  ['POST', '/_platform/accept-invitation'],
  ['POST', '/_platform/request-password-reset'],
  ['POST', '/_platform/complete-password-reset'],
  ['DELETE', '/_platform/health'],
] as const;

describe.each(CONTROL_ROUTES)('%s %s', (method, path) => {
  test('does not exist without a control token of this stack', async () => {
    const now = Math.floor(Date.now() / 1000);
    const { workers, stack } = account;
    const unsigned = new SignJWT({ scope: 'control' }).setProtectedHeader({ alg: 'HS256' });
    const tokens = [
      undefined,
      'garbage',
      account.owner.token,
      await unsigned.sign(new Uint8Array(32)),
      await workers.controlToken(stack, { exp: now - 1, iat: now - 61 }),
      await workers.controlToken(stack, { aud: randomUUID() }),
      await workers.controlToken(stack, { iss: 'https://elsewhere.test' }),
    ];
    const headers = { 'x-request-id': 'same' };
    const unknown = await workers.send(stack, '/nowhere', { method, headers });
    expect(unknown.status).toBe(404);
    for (const token of tokens) {
      const options = { method, headers, ...(token === undefined ? {} : { token }) };
      const answered = await workers.send(stack, path, options);
      expect({ ...answered, headers: [...answered.headers] }).toEqual({
        ...unknown,
        headers: [...unknown.headers],
      });
    }
  });
});

test('a control token meets the wrong method by name', async () => {
  const { status, headers } = await account.control('DELETE', '/_platform/health');
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
