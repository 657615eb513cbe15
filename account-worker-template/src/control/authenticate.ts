import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import { credentialsSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { verifyPassword } from '#shared-schema/hashing/password-hash.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import type { Call } from '../http/call.ts';
import { ensureReady } from '../schema/ensure-ready.ts';
import { openSession } from '../sessions/open-session.ts';
import { newRefreshToken } from '../sessions/refresh-token.ts';
import { sessionResponse } from '../sessions/session-response.ts';

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
  // The user is asked again: they may have been deactivated while the password was hashed.
  const unchanged = sql`id = ${user.id} AND password_hash = ${user.password_hash}`;
  const results = await runBatch(session, openSession(call.now, token, unchanged));
  const opened = sessionResponse(session, token, call.now, results.at(-1));
  if (!opened) throw new PlatformError('INVALID_CREDENTIALS');
  return opened;
}
