import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readFromPrimary } from '../auth/read-as-user.ts';
import type { Condition } from '../database/condition.ts';
import { primarySession } from '../database/d1-session.ts';
import { sql } from '../database/sql.ts';
import { clientEntity } from '../entities/client.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from '../records/change-entry.ts';
import { commitWrite } from '../records/commit-write.ts';
import { recordId } from '../records/record.ts';
import { keyedRequest } from '../records/stored-answer.ts';
import { erasureStatements } from './erasure-statements.ts';
import { requirePersonalData } from './personal-data-permissions.ts';

const tombstoneRows = z.array(z.object({ id: z.string(), erased_at: z.int(), erased_by: z.string() }));
type Tombstone = z.infer<typeof tombstoneRows>[number];

/**
 * `POST /clients/<id>/erase`: 200 with the tombstone `{id, erased_at, erased_by}`. The client, deleted or not, and all
 * that belongs to it is emptied, with its history; the bytes of its files are due to go. Repeated, it answers the same
 * tombstone.
 *
 * Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, and those of commitWrite.
 */
export async function eraseClient(call: UserCall, text: string): Promise<Response> {
  requirePersonalData(call.actor, 'erase');
  const id = recordId(text);
  const tombstone: Tombstone = { id, erased_at: call.now, erased_by: call.actor.userId };
  const change = changeEntry(call, clientEntity, {
    entity_id: id,
    action: 'delete',
    version: sql`(SELECT version + 1 FROM clients WHERE id = ${id})`,
    changed: {},
  });
  const outcome = await commitWrite(call, {
    entity: clientEntity,
    keyed: await keyedRequest(call, null),
    conditions: [isHeld(id)],
    change,
    statements: (happened) => erasureStatements(change, happened),
    answer: { status: 200, body: tombstone },
  });
  return outcome instanceof Response ? outcome : answerErased(call, id, outcome);
}

/** The client's data is still there, in a deleted row too. Error: `RECORD_NOT_FOUND`. */
function isHeld(id: string): Condition {
  return {
    holds: sql`EXISTS (SELECT 1 FROM clients WHERE id = ${id})
      AND NOT EXISTS (SELECT 1 FROM erasures WHERE client_id = ${id})`,
    error: () => new PlatformError('RECORD_NOT_FOUND'),
  };
}

async function answerErased(call: UserCall, id: string, refusal: PlatformError): Promise<Response> {
  const session = primarySession(call);
  const [rows] = await readFromPrimary(call, session, [
    sql`SELECT client_id AS id, erased_at, erased_by FROM erasures WHERE client_id = ${id}`,
  ]);
  const [tombstone] = tombstoneRows.parse(rows);
  if (!tombstone) throw refusal;
  return respond({ status: 200, body: tombstone }, bookmarkHeader(session));
}
