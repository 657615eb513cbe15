import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Condition } from '../database/condition.ts';
import { sql } from '../database/sql.ts';

/** No user has the address. Error: `EMAIL_TAKEN`. */
export function emailIsFree(email: string): Condition {
  return {
    holds: sql`NOT EXISTS (SELECT 1 FROM users WHERE email = ${email} AND deleted_at IS NULL)`,
    error: () => new PlatformError('EMAIL_TAKEN', { context: { field: 'email' } }),
  };
}
