import { createHmac, createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { Mailbox } from './support/mailbox.ts';
import { newKey, OidcIssuer } from './support/oidc-issuer.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount, sessionSchema } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';

const AUDIENCE = 'freehold-client';
const EMAIL = 'owner@acme.example';
const NOW = Math.floor(Date.now() / 1000);

let log: Mailbox;
/** Trusted for every account, and for one. The second allows its keys to be read again after a second. */
let issuer: OidcIssuer;
let partner: OidcIssuer;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;
let other: OpenAccount;

beforeAll(async () => {
  log = new Mailbox();
  [issuer, partner] = [await OidcIssuer.start(), await OidcIssuer.start()];
  const trusted = ({ url }: OidcIssuer) => ({
    ...{ issuer: url, jwks_uri: `${url}/keys`, audience: [AUDIENCE], algorithms: ['RS256'] },
  });
  platform = await startTestPlatform({
    vars: {
      TRUSTED_ISSUERS: JSON.stringify([
        { ...trusted(issuer), accounts: 'all', cooldown_seconds: 3600 },
        { ...trusted(partner), accounts: ['acme'], cooldown_seconds: 1 },
      ]),
    },
  });
  account = await openAccount(platform.instance, 'acme');
  other = await openAccount(platform.instance, 'other');
});
afterAll(async () => {
  await platform?.stop();
  await issuer?.[Symbol.asyncDispose]();
  await partner?.[Symbol.asyncDispose]();
  log.close();
});

function logIn(id_token: string, at = account, form: (typeof ADDRESS_FORMS)[number] = 'path') {
  return send(`${at.url(form)}/sessions/external`, { method: 'POST', json: { id_token } });
}

function claims(changes: object = {}) {
  return { aud: AUDIENCE, email: EMAIL, ...changes };
}

describe('an ID token of a trusted issuer', () => {
  test.each(ADDRESS_FORMS)('opens a session for the user of its address, in the %s form', async (form) => {
    const answer = await logIn(await issuer.idToken(claims()), account, form);
    expect(answer.status, answer.text).toBe(201);
    const session = sessionSchema.parse(answer.body);
    expect(session.user).toStrictEqual(account.session.user);
    const { access_token: token, refresh_token } = session;
    expect(await account.send('/me', { token }, form)).toMatchObject({ status: 200 });
    const json = { refresh_token };
    const refreshed = await account.send('/sessions/refresh', { method: 'POST', json, token: undefined });
    expect(refreshed.status).toBe(200);
  });

  test('is taken however its address is written, and for one of several parties', async () => {
    for (const changes of [
      { email: ' Owner@ACME.example' },
      { aud: [AUDIENCE] },
      { aud: ['somebody-else', AUDIENCE], azp: AUDIENCE },
    ]) {
      expect((await logIn(await issuer.idToken(claims(changes)))).status).toBe(201);
    }
    expect((await logIn(await issuer.idToken(claims(), { typ: 'JWT' }))).status).toBe(201);
  });

  test('is taken where the issuer’s clock is a little off', async () => {
    for (const changes of [{ exp: NOW - 1 }, { nbf: NOW + 10, iat: NOW + 10 }]) {
      const now = Math.floor(Date.now() / 1000) - NOW;
      const moved = Object.fromEntries(Object.entries(changes).map(([name, at]) => [name, at + now]));
      expect((await logIn(await issuer.idToken(claims(moved)))).status).toBe(201);
    }
  });

  test('opens nothing for who is no active user here, and makes nobody one', async () => {
    const stranger = await logIn(await issuer.idToken(claims({ email: 'stranger@acme.example' })));
    expectRefusal(stranger, 'INVALID_CREDENTIALS');
    expectRefusal(await logIn(await issuer.idToken(claims()), other), 'INVALID_CREDENTIALS');
    const json = { name: 'Gone', email: 'gone@acme.example', status: 'inactive' };
    expect((await account.send('/users', { method: 'POST', json })).status).toBe(201);
    const { email } = json;
    expectRefusal(await logIn(await issuer.idToken(claims({ email }))), 'INVALID_CREDENTIALS');
    expect((await account.send('/users?email=stranger@acme.example')).body).toMatchObject({ data: [] });
  });

  test('counts at the accounts that the issuer is trusted for, and at no other', async () => {
    expect((await logIn(await partner.idToken(claims()))).status).toBe(201);
    const elsewhere = await partner.idToken(claims({ email: 'owner@other.example' }));
    expectRefusal(await logIn(elsewhere, other), 'INVALID_CREDENTIALS');
    const everywhere = await issuer.idToken(claims({ email: 'owner@other.example' }));
    expect((await logIn(everywhere, other)).status).toBe(201);
  });
});

const FORGERIES: readonly (readonly [what: string, forge: () => Promise<string> | string])[] = [
  ['of alg none', () => unsigned({ alg: 'none' }, '')],
  ['of alg none with a key id', () => unsigned({ alg: 'none', kid: 'first' }, '')],
  ['of HS256 with the public key as PEM', () => hmac(pem())],
  ['of HS256 with the public key as JWK', () => hmac(JSON.stringify(issuer.publicJwk))],
  ['of HS256 with the modulus', () => hmac(Buffer.from(issuer.publicJwk.n ?? '', 'base64url'))],
  [
    'of an algorithm that is not allowed',
    async () => issuer.idToken(claims(), { alg: 'RS512' }, await issuer.keyFor('RS512')),
  ],
  [
    'signed by another key under the same key id',
    async () => issuer.idToken(claims(), {}, (await newKey('x')).privateKey),
  ],
  [
    'of a key id that the issuer does not know',
    async () => issuer.idToken(claims(), { kid: 'x' }, (await newKey('x')).privateKey),
  ],
  [
    'that brings its own key',
    async () => {
      const own = await newKey('x');
      return issuer.idToken(claims(), { kid: 'x', jwk: own.publicJwk }, own.privateKey);
    },
  ],
  [
    'that says where its key is',
    async () => issuer.idToken(claims(), { kid: 'x', jku: `${partner.url}/keys` }),
  ],
  ['of another trusted issuer under this one’s name', () => partner.idToken(claims({ iss: issuer.url }))],
  ['of another audience', () => issuer.idToken(claims({ aud: 'somebody-else' }))],
  ['without an audience', () => issuer.idToken(claims({ aud: undefined }))],
  [
    'given to another party',
    () => issuer.idToken(claims({ aud: ['somebody-else', AUDIENCE], azp: 'somebody-else' })),
  ],
  [
    'for several parties that does not say which',
    () => issuer.idToken(claims({ aud: ['somebody-else', AUDIENCE] })),
  ],
  ['of an issuer that is not trusted', () => issuer.idToken(claims({ iss: 'https://elsewhere.example' }))],
  ['of the issuer with a slash more', () => issuer.idToken(claims({ iss: `${issuer.url}/` }))],
  ['without an issuer', () => issuer.idToken(claims({ iss: undefined }))],
  ['that has expired', () => issuer.idToken(claims({ exp: NOW - 60 }))],
  ['that never expires', () => issuer.idToken(claims({ exp: undefined }))],
  ['that is not valid yet', () => issuer.idToken(claims({ nbf: NOW + 3600 }))],
  ['without a subject', () => issuer.idToken(claims({ sub: undefined }))],
  ['without an address', () => issuer.idToken(claims({ email: undefined }))],
  ['of an address that is none', () => issuer.idToken(claims({ email: 'owner' }))],
  ['of an address that is a list', () => issuer.idToken(claims({ email: [EMAIL] }))],
  ['of an address that was not verified', () => issuer.idToken(claims({ email_verified: false }))],
  [
    'that does not say whether the address was verified',
    () => issuer.idToken(claims({ email_verified: undefined })),
  ],
  ['that says that it was verified as a text', () => issuer.idToken(claims({ email_verified: 'true' }))],
  ['that is an access token', () => issuer.idToken(claims(), { typ: 'at+jwt' })],
  ['tampered with', async () => tampered(await issuer.idToken(claims({ email: 'x@acme.example' })))],
  ['without its signature', async () => (await issuer.idToken(claims())).replace(/[^.]+$/, '')],
  ['of our own access', () => account.session.access_token],
  ['that is no token', () => 'token'],
  ['of three empty parts', () => '..'],
];

describe('a token', () => {
  test.each(FORGERIES)('%s opens nothing', async (_what, forge) => {
    expectRefusal(await logIn(await forge()), 'INVALID_CREDENTIALS');
  });

  test('that is refused is told of in the log by its reason, and nothing of it is', async () => {
    const token = await issuer.idToken(claims({ exp: NOW - 60 }));
    const refused = await logIn(token);
    const id = refused.headers.get('x-request-id');
    const line = await vi.waitUntil(() => log.lines.find((one) => one.includes(`${id}`)), {
      timeout: 10_000,
    });
    expect(JSON.parse(line)).toStrictEqual({
      ...{ event: 'id-token-refused', request_id: id, account: 'acme', why: 'ERR_JWT_EXPIRED' },
    });
    expect(log.lines.join('\n')).not.toContain(token.split('.')[1]);
  });

  test('is a field of a POST', async () => {
    const at = `${account.url('path')}/sessions/external`;
    expectInvalidFields(await send(at, { method: 'POST', json: {} }), 'id_token');
    expectInvalidFields(await send(at, { method: 'POST', json: { id_token: 'x', email: EMAIL } }), 'email');
  });
});

describe('the issuer’s keys', () => {
  test('are read once for many log-ins, and not again for key ids that nobody knows', async () => {
    expect((await logIn(await issuer.idToken(claims()))).status).toBe(201);
    const before = issuer.reads;
    const own = (await newKey('x')).privateKey;
    for (const kid of ['a', 'b', 'c']) {
      expectRefusal(await logIn(await issuer.idToken(claims(), { kid }, own)), 'INVALID_CREDENTIALS');
    }
    expect((await logIn(await issuer.idToken(claims()))).status).toBe(201);
    expect(issuer.reads).toBe(before);
  });

  test('may be replaced while the platform runs: the new one counts, the old one no more', async () => {
    const old = await partner.idToken(claims());
    expect((await logIn(old)).status).toBe(201);
    await partner.rotate('second');
    const renewed = await partner.idToken(claims());
    await vi.waitUntil(async () => (await logIn(renewed)).status === 201, { timeout: 20_000, interval: 200 });
    expectRefusal(await logIn(old), 'INVALID_CREDENTIALS');
  });

  test('that cannot be read are said to be so, and read when they can be', async () => {
    await partner.rotate('third');
    const token = await partner.idToken(claims());
    partner.failWith = 500;
    const failed = await vi.waitUntil(
      async () => {
        const answer = await logIn(token);
        return answer.status === 503 && answer;
      },
      { timeout: 20_000, interval: 200 },
    );
    expectRefusal(failed, 'ISSUER_UNAVAILABLE');
    partner.failWith = null;
    await vi.waitUntil(async () => (await logIn(token)).status === 201, { timeout: 20_000, interval: 200 });
  });
});

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function unsigned(header: object, signature: string): string {
  const payload = { iss: issuer.url, sub: 'x', iat: NOW, exp: NOW + 300, email_verified: true, ...claims() };
  return `${encode(header)}.${encode(payload)}.${signature}`;
}

function hmac(secret: string | Buffer): string {
  const text = unsigned({ alg: 'HS256', kid: 'first' }, '').slice(0, -1);
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function pem(): string {
  const { kty = '', n = '', e = '' } = issuer.publicJwk;
  return String(
    createPublicKey({ key: { kty, n, e }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
  );
}

function tampered(token: string): string {
  const [header, , signature] = token.split('.');
  return `${header}.${unsigned({}, '').split('.')[1]}.${signature}`;
}
