import { type StackHealth, takeOverSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { sql } from '../database/sql.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';
import { readSource } from './read-source.ts';

/**
 * `POST /_platform/take-over`: makes a restored database this stack's. Sessions that had ended since, and links that were used or
 * taken back, are in it as they were: so every session ends, and no link works. The schema is brought up before that, for what
 * was restored may not know of links yet.
 *
 * Error: `STACK_IDENTITY_MISMATCH` where the database is not the named stack's (or this one's already), or not the account's.
 */
export async function takeOver(call: Call): Promise<Response> {
  const order = await readJsonBody(call.request, takeOverSchema);
  const session = primarySession(call);
  const { STACK_ID: stack_id, RELEASE_ID: release_id } = call.env;
  const { account_id } = await readSource(session, order.stack_id, stack_id);
  // An empty database is nobody's.
  if (account_id !== order.account_id) throw new PlatformError('STACK_IDENTITY_MISMATCH');
  await runBatch(session, [
    sql`UPDATE stack_identity SET stack_id = ${stack_id}
      WHERE stack_id = ${order.stack_id} AND account_id = ${order.account_id}`,
  ]);
  const { schema_version } = await checkReadiness(call);
  await runBatch(session, [
    sql`UPDATE sessions SET ended_at = ${call.now} WHERE ended_at IS NULL`,
    sql`DELETE FROM password_resets`,
    // No token has a hash like this.
    sql`UPDATE invitations SET token_hash = 'restored ' || id`,
  ]);
  const health: StackHealth = { stack_id, release_id, schema_version, account_id };
  return respond({ status: 200, body: health }, bookmarkHeader(session));
}
