import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CloudApi } from './support/cloud-api.ts';
import { forgedTokens } from './support/forged-tokens.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { type Answer, type SendOptions, send } from './support/send.ts';

const signingKeySchema = z.looseObject({ kty: z.string(), kid: z.string() });

let dataDir: string;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;
let decoy: OpenAccount;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  platform = await startTestPlatform({ dataDir });
  [account, decoy] = await Promise.all([
    openAccount(platform.instance, 'acme'),
    openAccount(platform.instance, 'decoy'),
  ]);
  await replaceWorker(decoy);
});
afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Puts a Worker in the account's place that answers 418 to whatever reaches it. */
async function replaceWorker({ account: { id } }: OpenAccount): Promise<void> {
  const { stacks } = await landscape(platform.instance);
  const name = stacks.find((stack) => stack.account_id === id)?.worker_name;
  await new CloudApi(platform.instance).upload(
    name ?? '',
    'export default { fetch: () => new Response("reached", { status: 418 }) };',
  );
}

/** Signs as only the platform can. */
async function signAsPlatform(claims: Record<string, unknown>): Promise<string> {
  const secrets = z
    .object({ signing_keys: z.string() })
    .parse(JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')));
  const keys = z.object({ keys: z.array(signingKeySchema) }).parse(JSON.parse(secrets.signing_keys)).keys;
  const [key] = keys;
  if (!key) throw new Error('There is no signing key.');
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', kid: key.kid })
    .sign(await importJWK(key, 'EdDSA'));
}

test('a good token reaches the Worker that stands in for the account', async () => {
  expect(await decoy.send('/me')).toMatchObject({ status: 418, text: 'reached' });
});

describe.each(ADDRESS_FORMS)('in the %s form', (form) => {
  test('no forged token is taken, and none reaches an account Worker', async () => {
    const jwks = (await send(`${platform.instance.url}/.well-known/jwks.json`)).body;
    for (const { what, token } of forgedTokens(decoy.session.access_token, jwks)) {
      const answer = await decoy.send('/clients', { token }, form);
      expect([what, answer.body]).toMatchObject([what, { error: { code: 'TOKEN_INVALID' } }]);
      expectRefusal(answer, 'TOKEN_INVALID');
    }
  });

  test('an expired token is refused as such, and does not reach an account Worker', async () => {
    const claims = decodeJwt(decoy.session.access_token);
    const now = Math.floor(Date.now() / 1000);
    const token = await signAsPlatform({ ...claims, iat: now - 901, exp: now - 1 });
    expectRefusal(await decoy.send('/clients', { token }, form), 'TOKEN_EXPIRED');
  });

  test.each<[string, object]>([
    ['of scope control', { scope: 'control' }],
    ['without a scope', { scope: undefined }],
    ['without an expiry', { exp: undefined }],
    ['without a session', { sid: undefined }],
    ['without an audience', { aud: undefined }],
    ['for several audiences', { aud: ['0194a1b2-0000-7000-8000-000000000000'] }],
    ['of another issuer', { iss: 'http://localhost:1' }],
    ['of an unknown role', { role: 'superuser' }],
  ])(
    'a token %s is refused though the platform signed it, and does not reach an account Worker',
    async (_, changes) => {
      const token = await signAsPlatform({ ...decodeJwt(decoy.session.access_token), ...changes });
      expectRefusal(await decoy.send('/clients', { token }, form), 'TOKEN_INVALID');
    },
  );

  test.each<[string, object]>([
    ['another role', { role: 'admin' }],
    ['another account', { account_id: '0194a1b2-0000-7000-8000-000000000000' }],
    ['another user', { sub: '0194a1b2-0000-7000-8000-000000000000' }],
    ['another session', { sid: '0194a1b2-0000-7000-8000-000000000000' }],
  ])('a token of %s than its session has is refused by the account', async (_, changes) => {
    const token = await signAsPlatform({ ...decodeJwt(account.session.access_token), ...changes });
    expectRefusal(await account.send('/clients', { token }, form), 'SESSION_ENDED');
  });
});

describe.each(ADDRESS_FORMS)('the control calls, in the %s form,', (form) => {
  const spellings = [
    ...['/_platform/health', '/_platform', '/_platform/', '/_platform/nothing', '/_platform/health?x=1'],
    ...['//_platform/health', '/_platform//health', '/./_platform/health', '/x/../_platform/health'],
    ...['/%5fplatform/health', '/%5Fplatform/health', '/_platfor%6D/health', '/_platform%2fhealth'],
    ...['/%2f_platform/health', '/%2e/_platform/health', '/x/%2e%2e/_platform/health', '/_PLATFORM/health'],
    ...['/_Platform/health', '/_platform/./health', '/_platform/x/../health'],
    ...['/\\_platform/health', '///_platform/health', '/%5FPLATFORM/HEALTH'],
  ];

  test.each(spellings)('do not exist from outside as %s', async (path) => {
    const claims = decodeJwt(decoy.session.access_token);
    const control = await signAsPlatform({ ...claims, scope: 'control' });
    for (const token of [undefined, decoy.session.access_token, control]) {
      for (const method of ['GET', 'POST', 'PUT']) {
        const answer = await send(`${decoy.url(form)}${path}`, { method, token });
        expectRefusal(answer, 'NOT_FOUND');
      }
    }
  });

  test.each([
    '/%255fplatform/health',
    '/x/..%2f_platform/health',
    '/_platform;/health',
    '/_platform%00/health',
    '/_platform/health%ff',
    '/%5fplatform/health%ff',
  ])('are not reached by way of %s', async (path) => {
    const claims = decodeJwt(account.session.access_token);
    const control = await signAsPlatform({ ...claims, scope: 'control' });
    for (const token of [undefined, account.session.access_token, control]) {
      const { status, text } = await send(`${account.url(form)}${path}`, { token });
      expect([401, 404]).toContain(status);
      expect(text).not.toContain('schema_version');
    }
  });
});

describe('headers that only the platform may set', () => {
  const options: SendOptions = {
    headers: {
      'x-freehold-account-url': 'https://evil.example',
      'X-Freehold-Stack-Id': '0194a1b2-0000-7000-8000-000000000000',
      'x-freehold-role': 'owner',
      'x-local-cloud-script': 'freehold/other',
      'x-request-id': 'chosen-by-the-client',
      'x-forwarded-host': 'evil.example',
    },
  };

  test('have no effect when a client sends them', async () => {
    const json = { kind: 'company', company_name: 'Headers Ltd' };
    const answer: Answer = await account.send('/clients', { ...options, method: 'POST', json });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.get('location')).toMatch(`${account.url('path')}/clients/`);
    expect(answer.headers.get('x-request-id')).not.toBe('chosen-by-the-client');
    const changes = await account.send('/changes?limit=200');
    expect(changes.text).not.toContain('chosen-by-the-client');
  });

  test('open nothing', async () => {
    expectRefusal(await send(`${account.url('path')}/clients`, options), 'TOKEN_MISSING');
  });
});
