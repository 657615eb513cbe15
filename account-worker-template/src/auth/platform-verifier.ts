import * as z from 'zod';
import { TokenVerifier } from '#shared-schema/tokens/token-verifier.ts';
import type { Env } from '../env.ts';

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** One verifier per set of bindings, for it remembers good tokens. Another set of bindings never sees it. */
const verifiers = new WeakMap<Env, TokenVerifier>();

/** What verifies the platform's tokens for this Worker, with the keys it was bound with. */
export function platformVerifier(env: Env): TokenVerifier {
  const known = verifiers.get(env);
  if (known) return known;
  const keys = keySetSchema.parse(JSON.parse(env.PLATFORM_KEYS));
  const verifier = new TokenVerifier({ keys, issuer: env.PLATFORM_ISSUER, now: Date.now });
  verifiers.set(env, verifier);
  return verifier;
}
