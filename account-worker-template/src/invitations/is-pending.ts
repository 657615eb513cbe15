import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Condition } from '../database/condition.ts';
import { join, type Sql, sql } from '../database/sql.ts';
import { invitationEntity } from '../entities/invitation.ts';

/**
 * The condition on a row of `invitations` that its token may be used: neither accepted, revoked nor past its time, and
 * who sent it could still send it. So an invitation that a dismissed admin left behind lets nobody in.
 */
export function pendingInvitation(tokenHash: string, now: number): Sql {
  const inviting = Object.entries(invitationEntity.permissions).filter(([, may]) => may.includes('create'));
  const roles = join(
    inviting.map(([role]) => sql`${role}`),
    ', ',
  );
  return sql`token_hash = ${tokenHash} AND invitations.deleted_at IS NULL AND invitations.status = 'pending'
    AND expires_at > ${now} AND EXISTS (SELECT 1 FROM users AS inviter
      WHERE inviter.id = invitations.created_by AND inviter.status = 'active' AND inviter.deleted_at IS NULL
        AND inviter.role IN (${roles}) AND (inviter.role = 'owner' OR invitations.role <> 'owner'))`;
}

/** The token may be used. Error: `ONE_TIME_TOKEN_INVALID`. */
export function isPending(tokenHash: string, now: number): Condition {
  return {
    holds: sql`EXISTS (SELECT 1 FROM invitations WHERE ${pendingInvitation(tokenHash, now)})`,
    error: () => new PlatformError('ONE_TIME_TOKEN_INVALID'),
  };
}
