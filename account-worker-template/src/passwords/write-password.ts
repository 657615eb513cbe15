import { v7 as uuidv7 } from 'uuid';
import type { Change } from '../changes/record-change.ts';
import { type Sql, sql } from '../database/sql.ts';
import { userEntity } from '../entities/user.ts';
import type { Call } from '../http/call.ts';

/** The entry of the change log: it names the field and never tells a value. */
export function passwordChange({ now, requestId }: Call, userId: string): Change {
  return {
    id: uuidv7(),
    entity: userEntity.name,
    entity_id: userId,
    action: 'update',
    version: sql`(SELECT version + 1 FROM users WHERE id = ${userId})`,
    changed: { password: { from: null, to: null } },
    actor_id: userId,
    at: now,
    request_id: requestId,
  };
}

export interface NewPassword {
  readonly userId: string;
  readonly passwordHash: string;
  /** The session that goes on; null where all end. */
  readonly keptSessionId: string | null;
}

/** Writes the password, ends the user's sessions but the kept one, and makes every reset link of theirs worthless. */
export function writePassword({ now }: Call, password: NewPassword, happened: Sql): Sql[] {
  const { userId, passwordHash, keptSessionId } = password;
  return [
    sql`UPDATE users SET password_hash = ${passwordHash}, version = version + 1, updated_at = ${now},
      updated_by = ${userId} WHERE id = ${userId} AND ${happened}`,
    sql`UPDATE sessions SET ended_at = ${now}
      WHERE user_id = ${userId} AND ended_at IS NULL AND id IS NOT ${keptSessionId} AND ${happened}`,
    sql`DELETE FROM password_resets WHERE user_id = ${userId} AND ${happened}`,
  ];
}
