import { type OpenedSession, roleSchema } from '#shared-schema/control/control-calls.ts';
import { identifier, join, type Sql, sql } from '../database/sql.ts';
import { RECORD_COLUMNS } from '../entities/entity.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import { recordRows, toRecord } from '../records/record.ts';
import { type RefreshToken, SESSION_LIFETIME_MS } from './refresh-token.ts';

/** Reads the user whose session has this very refresh token now: a row only if the batch opened or rotated it. */
export function sessionUser({ sessionId, hash }: Pick<RefreshToken, 'sessionId' | 'hash'>): Sql {
  const columns = join(
    RECORD_COLUMNS.map((column) => sql`users.${identifier(column)}`),
    ', ',
  );
  return sql`SELECT ${columns} FROM sessions JOIN users ON users.id = sessions.user_id
    WHERE sessions.id = ${sessionId} AND sessions.refresh_hash = ${hash}`;
}

/** What the platform mints the access token from; null where {@link sessionUser} found nobody. */
export function sessionResponse(
  session: D1DatabaseSession,
  token: RefreshToken,
  now: number,
  rows: readonly unknown[] | undefined,
): Response | null {
  const [row] = recordRows(rows);
  if (!row) return null;
  const record: Record<string, unknown> = toRecord(row);
  const opened: OpenedSession = {
    session_id: token.sessionId,
    refresh_token: token.text,
    refresh_expires_at: now + SESSION_LIFETIME_MS,
    user: { ...record, id: row.id, role: roleSchema.parse(record.role) },
  };
  return respond({ status: 200, body: opened }, bookmarkHeader(session));
}
