import { v7 as uuidv7 } from 'uuid';
import {
  type EnsureOwner,
  ensureOwnerSchema,
  type StackHealth,
} from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody, validate } from '#shared-schema/http/json-body.ts';
import { newestChangeIs, recordChange } from '../changes/record-change.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { type Sql, sql } from '../database/sql.ts';
import { userEntity } from '../entities/user.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { changedFields, type Fields } from '../records/changed-fields.ts';
import { indexRecord } from '../records/index-entries.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';

/**
 * `PUT /_platform/owner`: gives the stack to an account and makes its first user, in one batch. Safe to repeat: an
 * owner who is there already stays as they are now. Answers the stack's health.
 *
 * Error: `OWNER_CONFLICT` where the stack is another account's or has other users.
 */
export async function ensureOwner(call: Call): Promise<Response> {
  const order = await readJsonBody(call.request, ensureOwnerSchema);
  const { schema_version } = await checkReadiness(call);
  const session = primarySession(call);
  const results = await runBatch(session, claimStatements(call, order));
  const claimed = results.at(-1)?.[0];
  if (claimed?.account_id !== order.account_id || claimed.has_owner !== 1) {
    throw new PlatformError('OWNER_CONFLICT');
  }
  const { STACK_ID: stack_id, RELEASE_ID: release_id } = call.env;
  const health: StackHealth = { stack_id, release_id, schema_version, account_id: order.account_id };
  return respond({ status: 200, body: health }, bookmarkHeader(session));
}

function claimStatements({ now, requestId }: Call, { account_id, owner }: EnsureOwner): Sql[] {
  const { id, name, email, password_hash } = owner;
  const fields: Fields = validate(userEntity.fields, { name, email, role: 'owner' });
  const change = {
    id: uuidv7(),
    entity: userEntity.name,
    entity_id: id,
    action: 'create',
    version: 1,
    changed: changedFields({}, fields),
    actor_id: id,
    at: now,
    request_id: requestId,
  } as const;
  return [
    sql`UPDATE stack_identity SET account_id = ${account_id}, claimed_at = ${now}
      WHERE account_id IS NULL AND NOT EXISTS (SELECT 1 FROM users)`,
    recordChange(
      change,
      sql`(SELECT account_id FROM stack_identity) = ${account_id} AND NOT EXISTS (SELECT 1 FROM users)`,
    ),
    sql`INSERT INTO users
        (id, body, version, account_id, created_at, created_by, updated_at, updated_by, password_hash)
      SELECT ${id}, ${JSON.stringify(fields)}, 1, ${account_id}, ${now}, ${id}, ${now}, ${id}, ${password_hash}
      WHERE ${newestChangeIs(change)}`,
    ...indexRecord(userEntity, { id, before: null, after: fields }, newestChangeIs(change)),
    sql`SELECT account_id, EXISTS (SELECT 1 FROM users WHERE id = ${id}) AS has_owner FROM stack_identity`,
  ];
}
