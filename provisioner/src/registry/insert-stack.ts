import type { Residency } from '#shared-schema/accounts/account.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { SqlCondition } from './events.ts';
import { LATEST_RELEASE } from './latest-release.ts';

/** Where new stacks are made. */
export interface StackPlace {
  /** Names the Cloudflare account. */
  readonly cell: string;
  readonly dispatchNamespace: string;
}

export interface NewStack extends StackPlace {
  readonly id: string;
  /** Null for a stack of the pool. */
  readonly accountId: string | null;
  readonly residency: Residency;
  readonly now: number;
}

/** Writes a stack that is to be built with the latest release, where the condition holds. */
export function insertStack(
  registry: D1Database,
  { id, accountId, residency, cell, dispatchNamespace, now }: NewStack,
  condition: SqlCondition,
): D1PreparedStatement {
  return registry
    .prepare(
      `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
       SELECT ?1, ?2, 'building', ?3, ?4, ?5, ?6, ${LATEST_RELEASE}, ?7, ?7 WHERE ${condition.sql}`,
    )
    .bind(
      ...[id, accountId, residency, cell, stackResourceName(id), dispatchNamespace, now],
      ...condition.params,
    );
}
