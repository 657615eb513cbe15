import { type Sql, sql } from '../database/sql.ts';
import type { UserCall } from '../http/call.ts';

/**
 * The condition that the token still holds: the session has not ended, its user is active and has the role that the
 * token says, and the database belongs to the account that the token says.
 */
export function sessionGuard({ actor, now }: UserCall): Sql {
  return sql`EXISTS (
    SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id
    WHERE sessions.id = ${actor.sessionId} AND sessions.ended_at IS NULL AND sessions.expires_at > ${now}
      AND users.id = ${actor.userId} AND users.role = ${actor.role}
      AND users.status = 'active' AND users.deleted_at IS NULL
      AND (SELECT account_id FROM stack_identity) = ${actor.accountId}
  )`;
}
