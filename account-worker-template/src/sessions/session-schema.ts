import * as z from 'zod';
import type { NamedSchema } from '#shared-schema/openapi/route-description.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '#shared-schema/tokens/claims.ts';
import { userEntity } from '../entities/user.ts';
import { recordSchema } from '../records/record-schemas.ts';

/** What every way to a session answers. The platform answers them all, for only it can sign a token. */
export const session: NamedSchema = {
  name: 'Session',
  schema: lazily(() =>
    z.object({
      access_token: z.string(),
      token_type: z.literal('Bearer'),
      expires_in: z.literal(ACCESS_TOKEN_LIFETIME_SECONDS),
      refresh_token: z.string(),
      user: recordSchema(userEntity),
    }),
  ),
};

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
