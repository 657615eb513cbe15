import { RELEASED_SLUG_KEPT_MS } from '#shared-schema/accounts/route-lifetime.ts';
import type { SqlCondition } from './events.ts';

/**
 * Holds where an account may take the slug: no live account has it, and no other one had it so lately that an isolate
 * might still lead it there.
 */
export function slugIsFree(slug: string, accountId: string, now: number): SqlCondition {
  return {
    sql: `NOT EXISTS (SELECT 1 FROM accounts WHERE slug = ? AND status <> 'deleted')
      AND NOT EXISTS (SELECT 1 FROM released_slugs WHERE slug = ? AND account_id <> ? AND released_at > ?)`,
    params: [slug, slug, accountId, now - RELEASED_SLUG_KEPT_MS],
  };
}

export interface SlugGift {
  readonly accountId: string;
  readonly slug: string;
  readonly now: number;
}

/** Gives an account another slug, and notes the one that it gives up. */
export function giveSlug(
  registry: D1Database,
  { accountId, slug, now }: SlugGift,
  condition: SqlCondition,
): D1PreparedStatement[] {
  return [
    releaseSlug(registry, accountId, now, condition),
    registry
      .prepare(
        `UPDATE accounts SET body = json_set(body, '$.slug', ?), version = version + 1, updated_at = ?
         WHERE id = ? AND ${condition.sql}`,
      )
      .bind(slug, now, accountId, ...condition.params),
  ];
}

/** Notes that the account gives up the slug it has: before the write by which it does. */
export function releaseSlug(
  registry: D1Database,
  accountId: string,
  now: number,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `INSERT OR REPLACE INTO released_slugs (slug, account_id, released_at)
       SELECT slug, id, ? FROM accounts WHERE id = ? AND ${condition.sql}`,
    )
    .bind(now, accountId, ...condition.params);
}
