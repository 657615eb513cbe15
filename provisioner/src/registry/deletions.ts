import type { SqlCondition } from './events.ts';

/** What a deletion that is not settled yet keeps beside the account: what it was before. */
export function noteDeletion(
  registry: D1Database,
  accountId: string,
  was: string,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `UPDATE accounts SET body = json_set(body, '$.deletion', json_object('was', ?, 'purge_after', NULL))
       WHERE id = ? AND ${condition.sql}`,
    )
    .bind(was, accountId, ...condition.params);
}

/** Holds while the account has the status. */
export function hasStatus(accountId: string, status: string): SqlCondition {
  return {
    sql: 'EXISTS (SELECT 1 FROM accounts WHERE id = ? AND status = ?)',
    params: [accountId, status],
  };
}

const DELETION = `(SELECT MAX(id) FROM operations WHERE account_id = accounts.id AND kind = 'delete')`;

/** Holds where the account's grace is over, and its deletion has made a verified export or had nothing to export. */
export function purgeIsDue(accountId: string, now: number): SqlCondition {
  return {
    sql: `EXISTS (SELECT 1 FROM accounts WHERE id = ? AND purge_after <= ?
      AND (body ->> '$.deletion.was' = 'failed'
        OR EXISTS (SELECT 1 FROM exports WHERE id = ${DELETION} AND status = 'verified')))`,
    params: [accountId, now],
  };
}

/** Holds where the account served before its deletion, and nothing of it was ordered to be destroyed. */
export function isRestorable(accountId: string): SqlCondition {
  return {
    sql: `EXISTS (SELECT 1 FROM accounts WHERE id = ? AND body ->> '$.deletion.was' <> 'failed')
      AND NOT EXISTS (SELECT 1 FROM operations WHERE account_id = ? AND kind = 'purge')`,
    params: [accountId, accountId],
  };
}

/**
 * The accounts whose grace is over, the longest first. Not those that somebody wanted back or began to purge since their
 * deletion: what became of that, a person decides.
 */
export async function duePurges(registry: D1Database, now: number, limit: number): Promise<string[]> {
  const { results } = await registry
    .prepare(
      `SELECT id FROM accounts WHERE purge_after <= ?1 AND status = 'deleting'
       AND NOT EXISTS (SELECT 1 FROM operations WHERE account_id = accounts.id
         AND (status IN ('pending', 'running') OR (kind IN ('undelete', 'purge') AND id > ${DELETION})))
       ORDER BY purge_after, id LIMIT ?2`,
    )
    .bind(now, limit)
    .all<{ id: string }>();
  return results.map((row) => row.id);
}
