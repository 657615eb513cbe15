import * as z from 'zod';
import { credentialsSchema, refreshSchema } from '#shared-schema/control/control-calls.ts';
import type { NamedSchema, RouteDescription } from '#shared-schema/openapi/route-description.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS } from '#shared-schema/tokens/claims.ts';
import { userEntity } from '../entities/user.ts';
import { recordSchema } from '../records/record-schemas.ts';

/** What a log-in and a refresh answer. The platform answers both, for only it can sign a token. */
const session: NamedSchema = {
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

export const logInRoute: RouteDescription = {
  name: 'logIn',
  tag: 'sessions',
  summary: 'Log in',
  description:
    'Limited by the minute, for each user and address. Takes no Idempotency-Key: logging in twice only makes two sessions.',
  body: { name: 'Credentials', schema: credentialsSchema },
  answers: { 201: { description: 'A session of 30 days, longer with each refresh.', body: session } },
  errors: ['INVALID_CREDENTIALS', 'RATE_LIMITED', 'STACK_UNHEALTHY'],
};

export const refreshRoute: RouteDescription = {
  name: 'refreshSession',
  tag: 'sessions',
  summary: 'Go on with a session',
  description:
    'The refresh token sent is used up and the next one answered. Where the answer is lost, the same token may be sent again for 30 seconds; later, that ends the session.',
  body: { name: 'Refresh', schema: refreshSchema },
  answers: { 200: { description: 'New tokens.', body: session } },
  errors: ['REFRESH_TOKEN_INVALID', 'STACK_UNHEALTHY'],
};

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
