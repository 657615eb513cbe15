import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { passwordSchema } from '#shared-schema/fields/fields.ts';
import { hashPassword, verifyPassword } from '#shared-schema/hashing/password-hash.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { readFromPrimary } from '../auth/read-as-user.ts';
import type { Condition } from '../database/condition.ts';
import { primarySession } from '../database/d1-session.ts';
import { sql } from '../database/sql.ts';
import { userEntity } from '../entities/user.ts';
import type { UserCall } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';
import { commitWrite } from '../records/commit-write.ts';
import { replayResponse } from '../records/record-response.ts';
import { keyedRequest, replayOf, storedAnswer } from '../records/stored-answer.ts';
import { passwordChange, writePassword } from './write-password.ts';

/** The body of `POST /me/password`. */
const changePasswordSchema = z.strictObject({
  current_password: z.string().min(1, 'The password is missing.').max(200, 'The password is too long.'),
  new_password: passwordSchema,
});

const hashRow = z.object({ password_hash: z.string().nullable() });

export const changePasswordRoute: UserRoute = {
  name: 'changePassword',
  tag: 'passwords',
  summary: 'Change your password',
  description: 'Limited by the minute, for each user and address.',
  body: { name: 'PasswordChange', schema: changePasswordSchema },
  takes: ['idempotency-key'],
  answers: {
    204: {
      description: 'The new password holds, and of your sessions only this one goes on.',
      headers: ['x-d1-bookmark', 'idempotency-replayed'],
    },
  },
  errors: ['PASSWORD_WRONG', 'RATE_LIMITED'],
  handler: changePassword,
};

/**
 * `POST /me/password`: 204, and of this user's sessions only the one that asked goes on.
 *
 * Errors: `VALIDATION_FAILED`; `PASSWORD_WRONG`, also where another request changed the password in between; and those
 * of commitWrite.
 */
async function changePassword(call: UserCall): Promise<Response> {
  const body = await readJsonBody(call.request, changePasswordSchema);
  const { userId, sessionId } = call.actor;
  const keyed = await keyedRequest(call, body);
  const session = primarySession(call);
  const [rows, stored] = await readFromPrimary(call, session, [
    sql`SELECT password_hash FROM users WHERE id = ${userId}`,
    storedAnswer(call, keyed),
  ]);
  const replay = replayOf(keyed, stored);
  if (replay) return replayResponse(call, userEntity, replay, session);
  const current = hashRow.safeParse(rows?.[0]).data?.password_hash ?? null;
  const known = await verifyPassword(body.current_password, current);
  if (!known) throw passwordWrong();
  const passwordHash = await hashPassword(body.new_password);
  const outcome = await commitWrite(call, {
    entity: userEntity,
    keyed,
    conditions: [passwordIsStill(userId, current)],
    change: passwordChange(call, userId),
    statements: (happened) =>
      writePassword(call, { userId, passwordHash, keptSessionId: sessionId }, happened),
    answer: { status: 204, body: null },
  });
  if (outcome instanceof Response) return outcome;
  throw outcome;
}

function passwordIsStill(userId: string, hash: string | null): Condition {
  return {
    holds: sql`EXISTS (SELECT 1 FROM users WHERE id = ${userId} AND password_hash = ${hash})`,
    error: passwordWrong,
  };
}

function passwordWrong(): PlatformError {
  return new PlatformError('PASSWORD_WRONG', { context: { field: 'current_password' } });
}
