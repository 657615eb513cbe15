import * as z from 'zod';
import { roleSchema } from '../control/control-calls.ts';
import { uuidSchema } from '../fields/fields.ts';
import { fileFactsSchema } from '../files/file-grant.ts';

export const TOKEN_ALGORITHM = 'EdDSA';
export const ACCESS_TOKEN_LIFETIME_SECONDS = 15 * 60;
export const CONTROL_TOKEN_LIFETIME_SECONDS = 60;

/** RFC 7519 times are whole seconds. */
const common = {
  iss: z.string(),
  aud: uuidSchema,
  iat: z.int(),
  exp: z.int(),
};

/** What a user's access token says. `aud` is the stack, so that a token opens exactly one account's Worker. */
export const accessClaimsSchema = z.object({
  ...common,
  scope: z.literal('account'),
  sub: uuidSchema,
  sid: uuidSchema,
  account_id: uuidSchema,
  role: roleSchema,
});
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

/** What the platform shows an account Worker when it gives it an order. */
export const controlClaimsSchema = z.object({ ...common, scope: z.literal('control') });
export type ControlClaims = z.infer<typeof controlClaimsSchema>;

/**
 * What the URL of one file says: one method on the bytes of one version of one document of one account. It opens nothing
 * else, and nothing else opens a file.
 */
export const fileClaimsSchema = fileFactsSchema.extend({
  ...common,
  scope: z.literal('file'),
  account_id: uuidSchema,
  method: z.enum(['PUT', 'GET']),
});
export type FileClaims = z.infer<typeof fileClaimsSchema>;

export const claimsSchema = z.discriminatedUnion('scope', [
  accessClaimsSchema,
  controlClaimsSchema,
  fileClaimsSchema,
]);
export type Claims = z.infer<typeof claimsSchema>;
