import * as z from 'zod';
import { emailSchema, nameSchema, passwordSchema, timestampSchema, uuidSchema } from '../fields/fields.ts';
import { roleSchema } from './control-calls.ts';

/** The SHA-256 of a one-time token in lower-case hex: all of it that an account Worker ever sees. */
export const tokenHashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'This is not a SHA-256 in hex.');

/** A one-time token as a link carries it. */
const tokenSchema = z.string().min(1, 'The token of the link is missing.').max(200, 'This is not a token.');

/** What the platform reads of an answer to `POST /invitations`, to write the mail. */
export const invitationSchema = z.object({
  id: uuidSchema,
  email: emailSchema,
  name: nameSchema,
  role: roleSchema,
  expires_at: timestampSchema,
});

/** The body of `POST /invitations/accept`: without a name, the invitation's is taken. */
export const acceptInvitationSchema = z.strictObject({
  token: tokenSchema,
  name: nameSchema.optional(),
  password: passwordSchema,
});

/** `POST /_platform/accept-invitation`; answers an `OpenedSession`. */
export const acceptInvitationCallSchema = acceptInvitationSchema
  .omit({ token: true })
  .extend({ token_sha256: tokenHashSchema });
export type AcceptInvitationCall = z.infer<typeof acceptInvitationCallSchema>;

/** The body of `POST /password-resets`. */
export const passwordResetSchema = z.strictObject({ email: emailSchema });

/** `POST /_platform/request-password-reset`. */
export const passwordResetCallSchema = passwordResetSchema.extend({ token_sha256: tokenHashSchema });
export type PasswordResetCall = z.infer<typeof passwordResetCallSchema>;

/** Its answer: whom to send the link; null where there is no such user, or where they were sent one a moment ago. */
export const passwordResetResultSchema = z.object({
  recipient: z.object({ email: emailSchema, name: nameSchema, expires_at: timestampSchema }).nullable(),
});
export type PasswordResetResult = z.infer<typeof passwordResetResultSchema>;

/** The body of `POST /password-resets/complete`. */
export const completePasswordResetSchema = z.strictObject({
  token: tokenSchema,
  new_password: passwordSchema,
});

/** `POST /_platform/complete-password-reset`. */
export const completePasswordResetCallSchema = completePasswordResetSchema
  .omit({ token: true })
  .extend({ token_sha256: tokenHashSchema });
export type CompletePasswordResetCall = z.infer<typeof completePasswordResetCallSchema>;

/** Its answer: whose password it was. */
export const completedPasswordResetSchema = z.object({ user_id: uuidSchema });
export type CompletedPasswordReset = z.infer<typeof completedPasswordResetSchema>;

/** `POST /_platform/open-external-session`: the address is one that a trusted issuer verified. */
export const externalSessionCallSchema = z.strictObject({ email: emailSchema });

/** The body of `POST /sessions/external`. */
export const externalLoginSchema = z.strictObject({
  id_token: z.string().min(1, 'The ID token is missing.').max(16_384, 'The ID token is too long.'),
});
