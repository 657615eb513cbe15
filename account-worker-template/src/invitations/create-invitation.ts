import { tokenHashSchema } from '#shared-schema/control/people-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { ONE_TIME_TOKEN_HEADER } from '#shared-schema/http/headers.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import type { Condition } from '../database/condition.ts';
import { sql } from '../database/sql.ts';
import { invitationEntity, invitationInputSchema } from '../entities/invitation.ts';
import { requirePermission } from '../entities/permissions.ts';
import type { UserCall } from '../http/call.ts';
import { changeEntry } from '../records/change-entry.ts';
import { changedFields } from '../records/changed-fields.ts';
import { commitWrite } from '../records/commit-write.ts';
import { insertRow, newRow } from '../records/create-record.ts';
import { toRecord } from '../records/record.ts';
import { keyedRequest } from '../records/stored-answer.ts';
import { emailIsFree } from './email-is-free.ts';

/** How long an invitation may be accepted: 7 days. */
export const INVITATION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * `POST /invitations`: 201 with the invitation. The platform made the token and mails it; only its SHA-256 comes here,
 * in a header that no client can send. Without it there is nothing at this address.
 *
 * Errors: `FORBIDDEN`, `VALIDATION_FAILED`, `NOT_FOUND`, `EMAIL_TAKEN`, `EMAIL_INVITED`, and those of commitWrite.
 */
export async function createInvitation(call: UserCall): Promise<Response> {
  const { actor, now } = call;
  requirePermission(invitationEntity, actor, 'create');
  const input = await readJsonBody(call.request, invitationInputSchema);
  const keyed = await keyedRequest(call, input);
  const tokenHash = tokenHashSchema.safeParse(call.request.headers.get(ONE_TIME_TOKEN_HEADER));
  if (!tokenHash.success) throw new PlatformError('NOT_FOUND');
  const fields = {
    ...input,
    status: 'pending',
    expires_at: now + INVITATION_LIFETIME_MS,
    user_id: null,
  } as const;
  const row = newRow(call, fields);
  const rules = invitationEntity.rules?.({ actor, action: 'create', id: row.id, after: fields, now }) ?? [];
  const outcome = await commitWrite(call, {
    entity: invitationEntity,
    keyed,
    conditions: [...rules, emailIsFree(input.email), isNotInvited(input.email, now)],
    change: changeEntry(call, invitationEntity, {
      entity_id: row.id,
      action: 'create',
      version: row.version,
      changed: changedFields({}, fields),
    }),
    statements: (happened) => [insertRow(invitationEntity, { ...row, token_hash: tokenHash.data }, happened)],
    answer: { status: 201, body: toRecord(row) },
  });
  if (outcome instanceof Response) return outcome;
  throw outcome;
}

function isNotInvited(email: string, now: number): Condition {
  return {
    holds: sql`NOT EXISTS (SELECT 1 FROM invitations
      WHERE email = ${email} AND deleted_at IS NULL AND +status = 'pending' AND +expires_at > ${now})`,
    error: () => new PlatformError('EMAIL_INVITED', { context: { field: 'email' } }),
  };
}
