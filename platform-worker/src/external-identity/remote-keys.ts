import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { TrustedIssuer } from './trusted-issuers.ts';

/** The longest that an issuer may take to give its keys: 5 seconds. */
const KEYS_TIMEOUT_MS = 5_000;
/** Keys are read anew after 10 minutes, so that one that the issuer withdrew stops to count. */
const KEYS_MAX_AGE_MS = 10 * 60 * 1000;

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * The issuer's public keys, read from its `jwks_uri` when first needed, again after 10 minutes, and again where a token
 * names a key that is not among them (then at most once per cool-down). Redirects are not followed.
 *
 * Error: `ISSUER_UNAVAILABLE` where the answer is not a key set.
 */
export function remoteKeys({ jwks_uri, cooldown_seconds }: TrustedIssuer): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(jwks_uri), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: cooldown_seconds * 1000,
    [customFetch]: async (url, options) => {
      try {
        const response = await fetch(url, options);
        if (response.status !== 200) throw new TypeError(`The issuer answered ${response.status}.`);
        return Response.json(keySetSchema.parse(await response.json()));
      } catch (cause) {
        throw new PlatformError('ISSUER_UNAVAILABLE', { cause, retryAfterMs: 1000 });
      }
    },
  });
}
