import { type ClaimCopy, type ClaimedCopy, claimCopySchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError, validationFailed } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { identifier, type Sql, sql } from '../database/sql.ts';
import { dropUploads } from '../documents/expire-uploads.ts';
import { ENTITIES } from '../entities/entities.ts';
import { invitationEntity } from '../entities/invitation.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';
import { readSource } from './read-source.ts';

/** How many records become the account's in one call: what takes well under D1's 30 seconds a batch. */
const RECORDS_PER_SLICE = 2_000;

/**
 * `POST /_platform/claim-copy`: makes a copy of another account's database this stack's and this account's. First it becomes the
 * stack's, and the schema is brought up, for an old copy may not have all the tables yet. Then one write drops what was the
 * source's alone and claims the rest: a call that comes late finds it claimed, and drops nothing.
 *
 * Error: `STACK_IDENTITY_MISMATCH` where the database is not the source's, and not this stack's and the account's already.
 */
export async function claimCopy(call: Call): Promise<Response> {
  const order = await readJsonBody(call.request, claimCopySchema);
  const session = primarySession(call);
  const { STACK_ID: stackId } = call.env;
  const { account_id } = await readSource(session, order.stack_id, stackId);
  if (account_id !== order.source_account_id && account_id !== order.account_id) {
    throw new PlatformError('STACK_IDENTITY_MISMATCH');
  }
  await runBatch(session, [
    sql`UPDATE stack_identity SET stack_id = ${stackId}
      WHERE stack_id = ${order.stack_id} AND account_id = ${order.source_account_id}`,
  ]);
  await checkReadiness(call);
  await runBatch(session, claimStatements(call, order));
  const answer: ClaimedCopy = { after: await claimSlice(session, order) };
  return respond({ status: 200, body: answer }, bookmarkHeader(session));
}

function claimStatements({ now }: Call, { source_account_id, account_id }: ClaimCopy): Sql[] {
  const unclaimed = sql`(SELECT account_id FROM stack_identity) = ${source_account_id}`;
  return [
    sql`DELETE FROM sessions WHERE ${unclaimed}`,
    sql`DELETE FROM password_resets WHERE ${unclaimed}`,
    sql`DELETE FROM index_entries WHERE entity = ${invitationEntity.name} AND ${unclaimed}`,
    sql`DELETE FROM invitations WHERE ${unclaimed}`,
    sql`DELETE FROM idempotency_keys WHERE ${unclaimed}`,
    ...dropUploads({ cutOff: now, limit: -1, now, requestId: 'cloned' }, unclaimed),
    sql`UPDATE stack_identity SET account_id = ${account_id}, claimed_at = ${now} WHERE ${unclaimed}`,
  ];
}

/** Makes the next records the account's, of as many kinds as there is room for. The place of the last; null at the end. */
async function claimSlice(
  session: D1DatabaseSession,
  { account_id, after }: Pick<ClaimCopy, 'account_id' | 'after'>,
): Promise<string | null> {
  const place = placeOf(after);
  let { last } = place;
  let room = RECORDS_PER_SLICE;
  for (const { name, table } of ENTITIES.slice(place.position)) {
    const slice = sql`SELECT id FROM ${identifier(table)} WHERE id > ${last} ORDER BY id LIMIT ${room}`;
    const [, rows] = await runBatch(session, [
      sql`UPDATE ${identifier(table)} SET account_id = ${account_id} WHERE id IN (${slice})`,
      sql`SELECT COUNT(*) AS claimed, MAX(id) AS last FROM (${slice})`,
    ]);
    const claimed = Number(rows?.[0]?.claimed);
    if (claimed === room) return `${name}/${rows?.[0]?.last}`;
    room -= claimed;
    last = '';
  }
  return null;
}

/** Which kind of records to go on with, and after which of them. */
function placeOf(after: string | null): { position: number; last: string } {
  if (after === null) return { position: 0, last: '' };
  const [kind, last = ''] = after.split('/');
  const position = ENTITIES.findIndex(({ name }) => name === kind);
  if (position === -1) throw validationFailed({ field: 'after', message: 'There are no such records.' });
  return { position, last };
}
