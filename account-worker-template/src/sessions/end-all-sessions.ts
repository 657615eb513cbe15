import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { sessionGuard } from '../auth/session-guard.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';

export const endAllSessionsRoute: UserRoute = {
  name: 'logOutEverywhere',
  tag: 'sessions',
  summary: 'Log out everywhere',
  answers: {
    204: { description: 'No token of any of your sessions works from now on.', headers: ['x-d1-bookmark'] },
  },
  handler: endAllSessions,
};

/** `DELETE /sessions`: 204, and every session of this user has ended, the one that asked too. */
async function endAllSessions(call: UserCall): Promise<Response> {
  const session = primarySession(call);
  const [guard] = await runBatch(session, [
    sql`SELECT ${sessionGuard(call)} AS holds`,
    sql`UPDATE sessions SET ended_at = ${call.now}
      WHERE user_id = ${call.actor.userId} AND ended_at IS NULL AND ${sessionGuard(call)}`,
  ]);
  if (guard?.[0]?.holds !== 1) throw new PlatformError('SESSION_ENDED');
  return respond({ status: 204, body: null }, bookmarkHeader(session));
}
