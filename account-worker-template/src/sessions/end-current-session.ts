import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sessionGuard } from '../auth/session-guard.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';

export const endCurrentSessionRoute: UserRoute = {
  name: 'logOut',
  tag: 'sessions',
  summary: 'Log out',
  answers: { 204: { description: 'Neither of its tokens works from now on.', headers: ['x-d1-bookmark'] } },
  handler: endCurrentSession,
};

/** `DELETE /sessions/current`: 204, and neither its access token nor its refresh token works from now on. */
async function endCurrentSession(call: UserCall): Promise<Response> {
  const session = primarySession(call);
  const [guard] = await runBatch(session, [
    sql`SELECT ${sessionGuard(call)} AS holds`,
    sql`UPDATE sessions SET ended_at = ${call.now} WHERE id = ${call.actor.sessionId} AND ${sessionGuard(call)}`,
  ]);
  if (guard?.[0]?.holds !== 1) throw new PlatformError('SESSION_ENDED');
  return respond({ status: 204, body: null }, bookmarkHeader(session));
}
