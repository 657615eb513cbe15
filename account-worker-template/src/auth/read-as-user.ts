import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { primarySession, readSession } from '../database/d1-session.ts';
import { type Row, runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { UserCall } from '../http/call.ts';
import { sessionGuard } from './session-guard.ts';

/**
 * Reads in one batch that first asks whether the session holds. A copy of the database may lag behind a session that
 * was opened a moment ago, so only the primary's "no" counts.
 *
 * Errors: `SESSION_ENDED`; `VALIDATION_FAILED` for a malformed bookmark.
 */
export async function readAsUser(call: UserCall, statements: readonly Sql[]): Promise<Row[][]> {
  const rows = await readWhereSessionHolds(call, readSession(call), statements);
  return rows ?? readFromPrimary(call, primarySession(call), statements);
}

/** Reads what a write builds on. Error: `SESSION_ENDED`. */
export async function readFromPrimary(
  call: UserCall,
  primary: D1DatabaseSession,
  statements: readonly Sql[],
): Promise<Row[][]> {
  const rows = await readWhereSessionHolds(call, primary, statements);
  if (rows === null) throw new PlatformError('SESSION_ENDED');
  return rows;
}

async function readWhereSessionHolds(
  call: UserCall,
  session: D1DatabaseSession,
  statements: readonly Sql[],
): Promise<Row[][] | null> {
  const [guard, ...rows] = await runBatch(session, [
    sql`SELECT ${sessionGuard(call)} AS holds`,
    ...statements,
  ]);
  return guard?.[0]?.holds === 1 ? rows : null;
}
