import { type PasswordResetResult, passwordResetCallSchema } from '#shared-schema/control/people-calls.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { PASSWORD_RESET_INTERVAL_MS, PASSWORD_RESET_LIFETIME_MS } from '../passwords/password-reset-times.ts';
import { ensureReady } from '../schema/ensure-ready.ts';

/** How many resets past their time a new one clears away: more than the one it adds, so the table stays small. */
const CLEARED_PER_RESET = 4;

/**
 * `POST /_platform/request-password-reset`: keeps the token's SHA-256 for the active user of the address, and says
 * whom to send the token. The same statements run whether there is such a user or not.
 */
export async function requestPasswordReset(call: Call): Promise<Response> {
  const { email, token_sha256 } = await readJsonBody(call.request, passwordResetCallSchema);
  await ensureReady(call);
  const { now } = call;
  const expiresAt = now + PASSWORD_RESET_LIFETIME_MS;
  const [, , kept] = await runBatch(primarySession(call), [
    sql`DELETE FROM password_resets WHERE rowid IN (SELECT rowid FROM password_resets
      WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${CLEARED_PER_RESET})`,
    sql`INSERT INTO password_resets (token_hash, user_id, email, created_at, expires_at)
      SELECT ${token_sha256}, id, email, ${now}, ${expiresAt} FROM users
      WHERE email = ${email} AND status = 'active' AND deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM password_resets
          WHERE user_id = users.id AND created_at > ${now - PASSWORD_RESET_INTERVAL_MS})`,
    sql`SELECT users.name FROM password_resets JOIN users ON users.id = user_id WHERE token_hash = ${token_sha256}`,
  ]);
  const name = kept?.[0]?.name;
  const result: PasswordResetResult = {
    recipient: typeof name === 'string' ? { email, name, expires_at: expiresAt } : null,
  };
  return respond({ status: 200, body: result });
}
