import { newSigningKey, type SigningKeySet } from '#shared-schema/tokens/signing-key.ts';

/** A value for the platform's secret `SIGNING_KEYS`: a key that signs, and the next one, which verifies already. */
export async function newSigningKeys(): Promise<string> {
  const keys: SigningKeySet = { keys: [await newSigningKey(), await newSigningKey()] };
  return JSON.stringify(keys);
}
