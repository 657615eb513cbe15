import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import { credentialsSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { verifyPassword } from '#shared-schema/hashing/password-hash.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { Call } from '../http/call.ts';
import { ensureReady } from '../schema/ensure-ready.ts';
import { newRefreshToken, type RefreshToken, SESSION_LIFETIME_MS } from '../sessions/refresh-token.ts';
import { sessionResponse, sessionUser } from '../sessions/session-response.ts';

/** How many sessions past their time a log-in clears away: more than the one it adds, so the table stays small. */
const CLEARED_PER_LOGIN = 4;

const userRow = z.object({ id: z.string(), password_hash: z.string().nullable() });

/**
 * `POST /_platform/authenticate`: opens a session for a user who is active and knows the password. An unknown user
 * costs the same time as a wrong password.
 *
 * Error: `INVALID_CREDENTIALS`.
 */
export async function authenticate(call: Call): Promise<Response> {
  const { email, password } = await readJsonBody(call.request, credentialsSchema);
  await ensureReady(call);
  const session = primarySession(call);
  const [found] = await runBatch(session, [
    sql`SELECT id, password_hash FROM users WHERE email = ${email} AND status = 'active' AND deleted_at IS NULL`,
  ]);
  const user = userRow.safeParse(found?.[0]).data;
  const known = await verifyPassword(password, user?.password_hash ?? null);
  if (!user || !known) throw new PlatformError('INVALID_CREDENTIALS');
  const token = await newRefreshToken(uuidv7());
  const results = await runBatch(session, openSession(call.now, user, token));
  const opened = sessionResponse(session, token, call.now, results.at(-1));
  if (!opened) throw new PlatformError('INVALID_CREDENTIALS');
  return opened;
}

/** The user is asked again: they may have been deactivated while the password was hashed. */
function openSession(now: number, user: z.infer<typeof userRow>, { sessionId, hash }: RefreshToken): Sql[] {
  return [
    sql`DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions
      WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${CLEARED_PER_LOGIN})`,
    sql`INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at)
      SELECT ${sessionId}, id, ${now}, ${now + SESSION_LIFETIME_MS}, ${hash}, ${now} FROM users
      WHERE id = ${user.id} AND status = 'active' AND deleted_at IS NULL
        AND password_hash = ${user.password_hash}`,
    sessionUser({ sessionId, hash }),
  ];
}
