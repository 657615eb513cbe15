import { v7 as uuidv7 } from 'uuid';
import { externalSessionCallSchema } from '#shared-schema/control/people-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import type { Call } from '../http/call.ts';
import { ensureReady } from '../schema/ensure-ready.ts';
import { openSession } from '../sessions/open-session.ts';
import { newRefreshToken } from '../sessions/refresh-token.ts';
import { sessionResponse } from '../sessions/session-response.ts';

/**
 * `POST /_platform/open-external-session`: opens a session for the active user of an address that an issuer verified
 * whom the platform trusts for this account. Nobody is made a user by it.
 *
 * Error: `INVALID_CREDENTIALS`.
 */
export async function openExternalSession(call: Call): Promise<Response> {
  const { email } = await readJsonBody(call.request, externalSessionCallSchema);
  await ensureReady(call);
  const session = primarySession(call);
  const token = await newRefreshToken(uuidv7());
  const results = await runBatch(session, openSession(call.now, token, sql`email = ${email}`));
  const opened = sessionResponse(session, token, call.now, results.at(-1));
  if (!opened) throw new PlatformError('INVALID_CREDENTIALS');
  return opened;
}
