import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importJWK, type JWK, SignJWT } from 'jose';
import * as z from 'zod';

const secretsSchema = z.object({ signing_keys: z.string() });
const keysSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string() })).min(1) });

export type Claims = Readonly<Record<string, unknown>>;

/** Signs any claims with the very key of the platform whose state lies in the folder: what nobody outside can do. */
export async function platformSigner(dataDir: string): Promise<(claims: Claims) => Promise<string>> {
  const secrets = secretsSchema.parse(JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')));
  const [jwk] = keysSchema.parse(JSON.parse(secrets.signing_keys)).keys;
  const key = await importJWK(jwk as JWK, 'EdDSA'); // what the platform itself imports
  return (claims) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: jwk?.kid ?? '' }).sign(key);
}

/** What a token says, whoever signed it. */
export function claimsOf(token: string): Claims {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return z.record(z.string(), z.unknown()).parse(JSON.parse(payload));
}
