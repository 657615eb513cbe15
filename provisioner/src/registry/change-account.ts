import type { AccountChange } from '../operations/operation-step.ts';
import type { SqlCondition } from './events.ts';
import { releaseSlug } from './slugs.ts';

/** What stands for the name of an account that is buried. */
export const BURIED_NAME = '(deleted)';

export interface AccountChangeOptions {
  readonly accountId: string;
  readonly change: AccountChange;
  readonly now: number;
}

/** Writes what an account becomes, where the condition holds. */
export function changeAccount(
  registry: D1Database,
  { accountId, change, now }: AccountChangeOptions,
  condition: SqlCondition,
): D1PreparedStatement[] {
  const write = (body: string, ...params: (string | number)[]) =>
    registry
      .prepare(
        `UPDATE accounts SET body = ${body}, version = version + 1, updated_at = ? WHERE id = ? AND ${condition.sql}`,
      )
      .bind(...params, now, accountId, ...condition.params);
  if (change === 'restored') {
    return [write(`json_remove(json_set(body, '$.status', body ->> '$.deletion.was'), '$.deletion')`)];
  }
  if (change === 'buried') {
    return [
      releaseSlug(registry, accountId, now, condition),
      write(`json_remove(json_set(body, '$.status', 'deleted', '$.name', ?), '$.deletion')`, BURIED_NAME),
      registry
        .prepare(
          `UPDATE stacks SET status = 'retired', updated_at = ? WHERE account_id = ? AND ${condition.sql}`,
        )
        .bind(now, accountId, ...condition.params),
      registry
        .prepare(`DELETE FROM hostnames WHERE account_id = ? AND ${condition.sql}`)
        .bind(accountId, ...condition.params),
      ...forgetWhatWasSaid(registry, accountId, condition),
    ];
  }
  if ('status' in change) return [write(`json_set(body, '$.status', ?)`, change.status)];
  return [write(`json_set(body, '$.deletion.purge_after', ?)`, change.purgeAfter)];
}

/** What was sent and answered about the account: the owner of a signup that failed, its name in answers that are kept. */
function forgetWhatWasSaid(
  registry: D1Database,
  accountId: string,
  condition: SqlCondition,
): D1PreparedStatement[] {
  return [
    registry
      .prepare(`UPDATE operations SET input = '{}', facts = '{}' WHERE account_id = ? AND ${condition.sql}`)
      .bind(accountId, ...condition.params),
    registry
      .prepare(
        `UPDATE idempotency_keys SET answer = json_set(answer, '$.account.name', ?)
         WHERE answer ->> '$.account.id' = ? AND ${condition.sql}`,
      )
      .bind(BURIED_NAME, accountId, ...condition.params),
  ];
}
