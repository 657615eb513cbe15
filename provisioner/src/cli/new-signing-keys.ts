import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { TOKEN_ALGORITHM } from '#shared-schema/tokens/claims.ts';

/** A value for the platform's secret `SIGNING_KEYS`: a key that signs, and the next one, which verifies already. */
export async function newSigningKeys(): Promise<string> {
  return JSON.stringify({ keys: [await newSigningKey(), await newSigningKey()] });
}

async function newSigningKey() {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const kid = createHash('sha256').update(String(jwk.x)).digest('base64url').slice(0, 16);
  return { ...jwk, kid };
}
