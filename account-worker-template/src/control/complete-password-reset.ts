import * as z from 'zod';
import {
  type CompletedPasswordReset,
  completePasswordResetCallSchema,
} from '#shared-schema/control/people-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { newestChangeIs, recordChange } from '../changes/record-change.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { passwordChange, writePassword } from '../passwords/write-password.ts';
import { ensureReady } from '../schema/ensure-ready.ts';

const resetRow = z.object({ user_id: z.uuid() });

/**
 * `POST /_platform/complete-password-reset`: the user whom the token was sent gets the new password, and all their
 * sessions end. A token works once, and not after any other change of the password or of the address.
 *
 * Error: `ONE_TIME_TOKEN_INVALID`.
 */
export async function completePasswordReset(call: Call): Promise<Response> {
  const { token_sha256, new_password } = await readJsonBody(call.request, completePasswordResetCallSchema);
  await ensureReady(call);
  const session = primarySession(call);
  const usable = usableReset(token_sha256, call.now);
  // Asked before the password is hashed, for a token that opens nothing is not worth that work.
  const [found] = await runBatch(session, [usable]);
  const reset = resetRow.safeParse(found?.[0]);
  if (!reset.success) throw new PlatformError('ONE_TIME_TOKEN_INVALID');
  const { user_id } = reset.data;
  const passwordHash = await hashPassword(new_password);
  const change = passwordChange(call, user_id);
  const happened = newestChangeIs(change);
  const [, written] = await runBatch(session, [
    recordChange(change, sql`EXISTS (${usable})`),
    sql`SELECT ${happened} AS happened`,
    ...writePassword(call, { userId: user_id, passwordHash, keptSessionId: null }, happened),
  ]);
  if (written?.[0]?.happened !== 1) throw new PlatformError('ONE_TIME_TOKEN_INVALID');
  const result: CompletedPasswordReset = { user_id };
  return respond({ status: 200, body: result });
}

function usableReset(tokenHash: string, now: number): Sql {
  return sql`SELECT user_id FROM password_resets JOIN users ON users.id = user_id
    WHERE token_hash = ${tokenHash} AND expires_at > ${now} AND users.email = password_resets.email
      AND users.status = 'active' AND users.deleted_at IS NULL`;
}
