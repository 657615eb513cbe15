import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { primarySession, readSession } from '../database/d1-session.ts';
import { type Row, runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { UserCall } from '../http/call.ts';
import { sessionGuard } from './session-guard.ts';

/**
 * Reads in one batch that first asks whether the session holds. A copy of the database may lag behind a session that
 * was opened a moment ago, so only the primary's "no" counts. What a write builds on is read from the primary at once.
 *
 * Error: `SESSION_ENDED`.
 */
export async function readAsUser(
  call: UserCall,
  statements: readonly Sql[],
  freshness: 'as_asked' | 'primary' = 'as_asked',
): Promise<Row[][]> {
  const batch = [sql`SELECT ${sessionGuard(call)} AS holds`, ...statements];
  const asked = freshness === 'as_asked' ? [readSession(call)] : [];
  for (const session of [...asked, primarySession(call)]) {
    const [guard, ...rows] = await runBatch(session, batch);
    if (guard?.[0]?.holds === 1) return rows;
  }
  throw new PlatformError('SESSION_ENDED');
}
