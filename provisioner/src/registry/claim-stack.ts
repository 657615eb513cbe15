import type { Residency } from '#shared-schema/accounts/account.ts';
import type { SqlCondition } from './events.ts';
import { LATEST_RELEASE } from './latest-release.ts';

export interface StackClaim {
  readonly accountId: string;
  readonly residency: Residency;
  readonly now: number;
}

/**
 * Gives the account a stack of the pool that is ready and runs the latest release, where there is one and the condition
 * holds; answers its id. One statement, so no two accounts get the same.
 */
export function claimStack(
  registry: D1Database,
  { accountId, residency, now }: StackClaim,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE stacks SET status = 'claimed', account_id = ?1, updated_at = ?2
       WHERE account_id IS NULL AND status = 'ready' AND id = (
         SELECT id FROM stacks WHERE account_id IS NULL AND residency = ?3 AND status = 'ready'
           AND release_id = ${LATEST_RELEASE} AND observed_release_id = release_id ORDER BY id LIMIT 1)
       AND ${condition.sql} RETURNING id`,
    )
    .bind(accountId, now, residency, ...condition.params);
}
