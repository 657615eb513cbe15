import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { bearerToken, TokenVerifier } from './token-verifier.ts';

const ISSUER = 'https://platform.test';
const STACK = randomUUID();
const NOW_S = 1_800_000_000;
const keys = await generateKeyPair('EdDSA', { extractable: true });
const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: 'current', alg: 'EdDSA' };
const ACCESS = {
  iss: ISSUER,
  aud: STACK,
  iat: NOW_S,
  exp: NOW_S + 900,
  scope: 'account',
  sub: randomUUID(),
  sid: randomUUID(),
  account_id: randomUUID(),
  role: 'admin',
};
const CONTROL = { iss: ISSUER, aud: STACK, iat: NOW_S, exp: NOW_S + 60, scope: 'control' };

let nowMs: number;
let verifier: TokenVerifier;

beforeEach(() => {
  nowMs = NOW_S * 1000;
  verifier = new TokenVerifier({ keys: { keys: [publicJwk] }, issuer: ISSUER, now: () => nowMs });
});

function sign(claims: object, key: CryptoKey | Uint8Array = keys.privateKey, alg = 'EdDSA'): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid: 'current' }).sign(key);
}

function refusal(code: string) {
  return expect.objectContaining({ code });
}

describe('an access token', () => {
  test('says who asks', async () => {
    await expect(verifier.verifyAccessToken(await sign(ACCESS), STACK)).resolves.toEqual(ACCESS);
  });

  test('is refused after its time, remembered or not', async () => {
    const token = await sign(ACCESS);
    await verifier.verifyAccessToken(token, STACK);
    nowMs = ACCESS.exp * 1000;
    await expect(verifier.verifyAccessToken(token, STACK)).rejects.toEqual(refusal('TOKEN_EXPIRED'));
    await expect(verifier.verifyAccessToken(token, STACK)).rejects.toEqual(refusal('TOKEN_EXPIRED'));
  });

  test('of another stack looks like no account at all', async () => {
    await expect(verifier.verifyAccessToken(await sign(ACCESS), randomUUID())).rejects.toEqual(
      refusal('ACCOUNT_NOT_FOUND'),
    );
  });

  test('is refused where another key signed it', async () => {
    const foreign = await generateKeyPair('EdDSA');
    await expect(verifier.verifyAccessToken(await sign(ACCESS, foreign.privateKey), STACK)).rejects.toEqual(
      refusal('TOKEN_INVALID'),
    );
  });

  test('is refused without a signature (alg none)', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part(ACCESS)}.`;
    await expect(verifier.verifyAccessToken(token, STACK)).rejects.toEqual(refusal('TOKEN_INVALID'));
  });

  test('is refused where a key of another algorithm among ours signed it', async () => {
    const other = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(other.publicKey)), kid: 'current' };
    const both = new TokenVerifier({ keys: { keys: [publicJwk, jwk] }, issuer: ISSUER, now: () => nowMs });
    await expect(both.verifyAccessToken(await sign(ACCESS), STACK)).resolves.toEqual(ACCESS);
    const token = await sign(ACCESS, other.privateKey, 'ES256');
    await expect(both.verifyAccessToken(token, STACK)).rejects.toEqual(refusal('TOKEN_INVALID'));
  });

  test('is refused where the public key was taken for a shared secret (HS256)', async () => {
    const secret = Buffer.from(publicJwk.x ?? '', 'base64url');
    const token = await sign(ACCESS, secret, 'HS256');
    await expect(verifier.verifyAccessToken(token, STACK)).rejects.toEqual(refusal('TOKEN_INVALID'));
  });

  test('is refused where one letter was changed', async () => {
    const [header, payload = '', signature] = (await sign(ACCESS)).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, role: 'owner' })).toString('base64url');
    await expect(verifier.verifyAccessToken([header, forged, signature].join('.'), STACK)).rejects.toEqual(
      refusal('TOKEN_INVALID'),
    );
  });

  test.each([
    ['another issuer', { iss: 'https://elsewhere.test' }],
    ['an unknown role', { role: 'root' }],
    ['no expiry', { exp: undefined }],
    ['no session', { sid: undefined }],
    ['two audiences', { aud: [STACK, randomUUID()] }],
  ])('is refused with %s', async (_case, change) => {
    const token = await sign({ ...ACCESS, ...change });
    await expect(verifier.verifyAccessToken(token, STACK)).rejects.toEqual(refusal('TOKEN_INVALID'));
  });

  test('gives no control', async () => {
    await expect(verifier.verifyControlToken(await sign(ACCESS), STACK)).rejects.toEqual(
      refusal('TOKEN_INVALID'),
    );
  });
});

describe('a control token', () => {
  test('is taken by its own stack only', async () => {
    const token = await sign(CONTROL);
    await expect(verifier.verifyControlToken(token, STACK)).resolves.toEqual(CONTROL);
    await expect(verifier.verifyControlToken(token, randomUUID())).rejects.toEqual(refusal('TOKEN_INVALID'));
  });

  test('opens no account', async () => {
    await expect(verifier.verifyAccessToken(await sign(CONTROL), STACK)).rejects.toEqual(
      refusal('TOKEN_INVALID'),
    );
  });
});

describe('the Authorization header', () => {
  test('gives the bearer token', () => {
    expect(bearerToken(new Headers({ authorization: 'bearer abc.def-_~+/=' }))).toBe('abc.def-_~+/=');
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'Bearer a,b'])(
    'gives nothing out of %j',
    (value) => {
      const headers = new Headers(value === undefined ? {} : { authorization: value });
      expect(() => bearerToken(headers)).toThrow(refusal('TOKEN_MISSING'));
    },
  );
});
