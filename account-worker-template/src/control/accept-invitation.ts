import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import {
  type AcceptInvitationCall,
  acceptInvitationCallSchema,
} from '#shared-schema/control/people-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import { readJsonBody, validate } from '#shared-schema/http/json-body.ts';
import { type Change, newestChangeIs, recordChange } from '../changes/record-change.ts';
import { diagnosisStatement, firstFailure } from '../database/condition.ts';
import { primarySession } from '../database/d1-session.ts';
import { runBatch } from '../database/run-batch.ts';
import { allOf, type Sql, sql } from '../database/sql.ts';
import { type InvitationFields, invitationEntity, invitationFields } from '../entities/invitation.ts';
import { userEntity } from '../entities/user.ts';
import type { Call } from '../http/call.ts';
import { emailIsFree } from '../invitations/email-is-free.ts';
import { isPending, pendingInvitation } from '../invitations/is-pending.ts';
import { changedFields } from '../records/changed-fields.ts';
import { indexRecord } from '../records/index-entries.ts';
import { fieldsOf } from '../records/record.ts';
import { ensureReady } from '../schema/ensure-ready.ts';
import { openSession } from '../sessions/open-session.ts';
import { newRefreshToken, type RefreshToken } from '../sessions/refresh-token.ts';
import { sessionResponse } from '../sessions/session-response.ts';

const invitationRow = z.object({
  id: z.string(),
  body: z.string(),
  account_id: z.string(),
  version: z.int(),
});

/** One acceptance: each try has its own ids. */
interface Acceptance {
  readonly invitation: z.infer<typeof invitationRow>;
  readonly before: InvitationFields;
  readonly tokenHash: string;
  readonly userId: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly refreshToken: RefreshToken;
}

/**
 * `POST /_platform/accept-invitation`: makes the user that the invitation tells of and opens their first session. A
 * token works once: who comes second finds the invitation accepted inside the same transaction.
 *
 * Errors: `ONE_TIME_TOKEN_INVALID` whatever is wrong with the invitation; `EMAIL_TAKEN` where somebody got the address
 * in between.
 */
export async function acceptInvitation(call: Call): Promise<Response> {
  const order = await readJsonBody(call.request, acceptInvitationCallSchema);
  await ensureReady(call);
  const session = primarySession(call);
  // Asked before the password is hashed, for a token that opens nothing is not worth that work.
  const acceptance = await prepare(order, await findInvitation(call, session, order));
  const conditions = [isPending(acceptance.tokenHash, call.now), emailIsFree(acceptance.before.email)];
  const [diagnosis, ...results] = await runBatch(session, [
    diagnosisStatement(sql`1`, conditions, {}),
    ...acceptStatements(call, acceptance, allOf(conditions.map(({ holds }) => holds))),
  ]);
  const failure = firstFailure(conditions, diagnosis?.[0]);
  if (failure) throw failure;
  const opened = sessionResponse(session, acceptance.refreshToken, call.now, results.at(-1));
  if (!opened) throw new TypeError('An accepted invitation opened no session.');
  return opened;
}

async function findInvitation({ now }: Call, session: D1DatabaseSession, order: AcceptInvitationCall) {
  const [rows] = await runBatch(session, [
    sql`SELECT id, body, account_id, version FROM invitations WHERE ${pendingInvitation(order.token_sha256, now)}`,
  ]);
  const found = invitationRow.safeParse(rows?.[0]);
  if (!found.success) throw new PlatformError('ONE_TIME_TOKEN_INVALID');
  return found.data;
}

async function prepare(
  order: AcceptInvitationCall,
  invitation: Acceptance['invitation'],
): Promise<Acceptance> {
  const before = invitationFields.parse(fieldsOf(invitation));
  return {
    invitation,
    before,
    tokenHash: order.token_sha256,
    userId: uuidv7(),
    name: order.name ?? before.name,
    passwordHash: await hashPassword(order.password),
    refreshToken: await newRefreshToken(uuidv7()),
  };
}

function acceptStatements({ now, requestId }: Call, acceptance: Acceptance, allowed: Sql): Sql[] {
  const { invitation, before, userId, name, passwordHash, refreshToken } = acceptance;
  const user = validate(userEntity.fields, { email: before.email, name, role: before.role });
  const after: InvitationFields = { ...before, status: 'accepted', user_id: userId };
  const by = { actor_id: userId, at: now, request_id: requestId };
  const joined: Change = {
    ...{ id: uuidv7(), entity: userEntity.name, entity_id: userId, ...by },
    ...{ action: 'create', version: 1, changed: changedFields({}, user) },
  };
  const accepted: Change = {
    ...{ id: uuidv7(), entity: invitationEntity.name, entity_id: invitation.id, ...by },
    ...{ action: 'update', version: invitation.version + 1, changed: changedFields(before, after) },
  };
  return [
    recordChange(joined, allowed),
    sql`INSERT INTO users
        (id, body, version, account_id, created_at, created_by, updated_at, updated_by, password_hash)
      SELECT ${userId}, ${JSON.stringify(user)}, 1, ${invitation.account_id}, ${now}, ${userId}, ${now}, ${userId},
        ${passwordHash} WHERE ${newestChangeIs(joined)}`,
    ...indexRecord(userEntity, { id: userId, before: null, after: user }, newestChangeIs(joined)),
    recordChange(accepted, newestChangeIs(joined)),
    sql`UPDATE invitations SET body = ${JSON.stringify(after)}, version = ${accepted.version},
        updated_at = ${now}, updated_by = ${userId}
      WHERE id = ${invitation.id} AND ${newestChangeIs(accepted)}`,
    ...openSession(now, refreshToken, sql`id = ${userId} AND ${newestChangeIs(accepted)}`),
  ];
}
