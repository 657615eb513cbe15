import { refreshSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { Call } from '../http/call.ts';
import { ensureReady } from '../schema/ensure-ready.ts';
import {
  newRefreshToken,
  parseRefreshToken,
  REFRESH_REUSE_GRACE_MS,
  type RefreshToken,
  SESSION_LIFETIME_MS,
} from '../sessions/refresh-token.ts';
import { sessionResponse, sessionUser } from '../sessions/session-response.ts';

/**
 * `POST /_platform/refresh`: takes the session's refresh token and gives the next one, good for 30 days more. A token
 * works once; the one before is taken again for 30 seconds, and later ends the session, for somebody copied it.
 *
 * Error: `REFRESH_TOKEN_INVALID`.
 */
export async function refresh(call: Call): Promise<Response> {
  const { refresh_token } = await readJsonBody(call.request, refreshSchema);
  const given = await parseRefreshToken(refresh_token);
  if (!given) throw new PlatformError('REFRESH_TOKEN_INVALID');
  await ensureReady(call);
  const next = await newRefreshToken(given.sessionId);
  const session = primarySession(call);
  const results = await runBatch(session, [
    endReused(call.now, given),
    rotate(call.now, given, next),
    sessionUser(next),
  ]);
  const refreshed = sessionResponse(session, next, call.now, results.at(-1));
  if (!refreshed) throw new PlatformError('REFRESH_TOKEN_INVALID');
  return refreshed;
}

/**
 * Ends a session whose earlier token shows up when it should not: two hold it, and one of them is not the user. That
 * is the token before the present one past its grace, and one that a repeated refresh took the place of.
 */
function endReused(now: number, { sessionId, hash }: RefreshToken): Sql {
  return sql`UPDATE sessions SET ended_at = ${now} WHERE id = ${sessionId} AND ended_at IS NULL
    AND ((previous_refresh_hash = ${hash} AND rotated_at < ${now - REFRESH_REUSE_GRACE_MS})
      OR lost_refresh_hash = ${hash})`;
}

/**
 * A compare-and-set on the hashes. With the present token: it becomes the previous one. With the previous one, in its
 * grace: the present one counts as lost, and the grace still runs from when the previous one was first used.
 */
function rotate(now: number, given: RefreshToken, next: RefreshToken): Sql {
  const isPresent = sql`refresh_hash = ${given.hash}`;
  return sql`UPDATE sessions SET
      lost_refresh_hash = CASE WHEN ${isPresent} THEN NULL ELSE refresh_hash END,
      previous_refresh_hash = ${given.hash},
      rotated_at = CASE WHEN ${isPresent} THEN ${now} ELSE rotated_at END,
      refresh_hash = ${next.hash},
      expires_at = ${now + SESSION_LIFETIME_MS}
    WHERE id = ${given.sessionId} AND ended_at IS NULL AND expires_at > ${now}
      AND (${isPresent} OR (previous_refresh_hash = ${given.hash} AND rotated_at >= ${now - REFRESH_REUSE_GRACE_MS}))
      AND EXISTS (SELECT 1 FROM users
        WHERE users.id = sessions.user_id AND users.status = 'active' AND users.deleted_at IS NULL)`;
}
