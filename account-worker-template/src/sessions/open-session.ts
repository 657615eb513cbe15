import { type Sql, sql } from '../database/sql.ts';
import { type RefreshToken, SESSION_LIFETIME_MS } from './refresh-token.ts';
import { sessionUser } from './session-response.ts';

/** How many sessions past their time a log-in clears away: more than the one it adds, so the table stays small. */
const CLEARED_PER_LOGIN = 4;

/**
 * Opens a session for the active user of whom `who`, a condition on their row, holds; the last statement reads that
 * user, and nobody where none was opened.
 */
export function openSession(now: number, { sessionId, hash }: RefreshToken, who: Sql): Sql[] {
  return [
    sql`DELETE FROM sessions WHERE rowid IN (SELECT rowid FROM sessions
      WHERE expires_at <= ${now} ORDER BY expires_at LIMIT ${CLEARED_PER_LOGIN})`,
    sql`INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at)
      SELECT ${sessionId}, id, ${now}, ${now + SESSION_LIFETIME_MS}, ${hash}, ${now} FROM users
      WHERE status = 'active' AND deleted_at IS NULL AND ${who}`,
    sessionUser({ sessionId, hash }),
  ];
}
