import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import * as z from 'zod';

const publicKeysSchema = z.object({ keys: z.array(z.object({ kid: z.string(), x: z.string() })).min(1) });

export interface ForgedToken {
  readonly what: string;
  readonly token: string;
}

/** Tokens that somebody could make who has a good token of their own, and the platform's public keys. */
export function forgedTokens(good: string, jwks: unknown): ForgedToken[] {
  const [header = '', payload = '', signature = ''] = good.split('.');
  const claims = z.record(z.string(), z.unknown()).parse(decode(payload));
  const known = publicKeysSchema.parse(jwks).keys[0];
  const { kid, x } = known ?? { kid: '', x: '' };
  const own = generateKeyPairSync('ed25519');
  const ownJwk = own.publicKey.export({ format: 'jwk' });
  const signOwn = (head: object, body: object) =>
    signed(head, body, (text) => sign(null, text, own.privateKey));
  const hmac = (head: object, secret: string | Buffer) =>
    signed(head, claims, (text) => createHmac('sha256', secret).update(text).digest());
  const now = Math.floor(Date.now() / 1000);
  const tampered = (changes: object) => `${header}.${encode({ ...claims, ...changes })}.${signature}`;
  const eddsa = { alg: 'EdDSA', kid };
  return [
    { what: 'signed with another key under the same key id', token: signOwn(eddsa, claims) },
    {
      what: 'signed with another key under a new key id',
      token: signOwn({ alg: 'EdDSA', kid: 'mine' }, claims),
    },
    { what: 'signed with another key and no key id', token: signOwn({ alg: 'EdDSA' }, claims) },
    { what: 'that brings its own key', token: signOwn({ ...eddsa, jwk: ownJwk }, claims) },
    {
      what: 'that says where its key is',
      token: signOwn({ ...eddsa, jku: 'http://localhost/keys' }, claims),
    },
    { what: 'of another key that has expired', token: signOwn(eddsa, { ...claims, exp: now - 60 }) },
    { what: 'of alg none', token: `${encode({ alg: 'none' })}.${payload}.` },
    { what: 'of alg none and a key id', token: `${encode({ alg: 'none', kid })}.${payload}.` },
    {
      what: 'of alg none with the good signature',
      token: `${encode({ alg: 'NONE', kid })}.${payload}.${signature}`,
    },
    { what: 'of HS256 signed with the public key as text', token: hmac({ alg: 'HS256', kid }, x) },
    {
      what: 'of HS256 signed with the public key as bytes',
      token: hmac({ alg: 'HS256', kid }, Buffer.from(x, 'base64url')),
    },
    {
      what: 'of HS256 signed with the whole key set',
      token: hmac({ alg: 'HS256', kid }, JSON.stringify(jwks)),
    },
    { what: 'with another audience', token: tampered({ aud: '0194a1b2-0000-7000-8000-000000000000' }) },
    { what: 'with another role', token: tampered({ role: 'admin' }) },
    { what: 'with another account', token: tampered({ account_id: '0194a1b2-0000-7000-8000-000000000000' }) },
    { what: 'with a longer life', token: tampered({ exp: now + 86_400 * 365 }) },
    { what: 'with another scope', token: tampered({ scope: 'control' }) },
    { what: 'with another issuer', token: tampered({ iss: 'https://elsewhere.example' }) },
    { what: 'of scope control by another key', token: signOwn(eddsa, { ...claims, scope: 'control' }) },
    { what: 'without its signature', token: `${header}.${payload}.` },
    { what: 'without its last part', token: `${header}.${payload}` },
    { what: 'cut off in the signature', token: good.slice(0, -8) },
    { what: 'with a character more', token: `${good}A` },
    { what: 'that is no token', token: 'token' },
    { what: 'of three empty parts', token: '..' },
  ];
}

function signed(header: object, claims: object, signer: (text: Buffer) => Buffer): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signer(Buffer.from(text)).toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
