import * as z from 'zod';
import type { PlatformRoute } from '../http/routes.ts';

/** How long others may keep the public keys: 5 minutes. */
const JWKS_MAX_AGE_SECONDS = 300;

const keySchema = z.looseObject({ kty: z.string(), kid: z.string() });

export const jwksRoute: PlatformRoute = {
  name: 'getPublicKeys',
  tag: 'platform',
  summary: 'Read the keys that access tokens are verified with',
  answers: {
    200: {
      description:
        'A JSON Web Key Set (RFC 7517): the present key, the next one, and those before whose tokens may still be in use.',
      body: { name: 'PublicKeys', schema: z.object({ keys: z.array(keySchema) }) },
    },
  },
  handler: ({ env: { platform } }) =>
    Response.json(platform.keys.publicKeysAt(platform.now()), {
      headers: { 'cache-control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` },
    }),
};
