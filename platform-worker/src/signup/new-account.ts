import type { SqlCondition } from '#provisioner/registry/events.ts';
import { newOperation } from '#provisioner/registry/insert-operation.ts';
import { LATEST_RELEASE } from '#provisioner/registry/latest-release.ts';
import { slugIsFree } from '#provisioner/registry/slugs.ts';
import type { Account } from '#shared-schema/accounts/account.ts';
import type { Operation, OperationKind } from '#shared-schema/operations/operation.ts';
import type { AccountBody } from '../accounts/account-rows.ts';
import type { Platform } from '../platform.ts';
import { accountUrl } from '../routing/account-address.ts';

/** The body of the answer to whoever asked for an account. */
export interface AccountAccepted {
  readonly account: Account;
  readonly operation: Operation;
}

/** An account that is yet to be made, by an operation of the kind. */
export function newAccount(
  platform: Platform,
  { name, slug, residency }: Pick<Account, 'name' | 'slug' | 'residency'>,
  kind: OperationKind,
): AccountAccepted {
  const now = platform.now();
  const id = platform.newId();
  return {
    account: {
      ...{ id, slug, name, status: 'provisioning', residency, url: accountUrl(slug, platform.accountUrls) },
      ...{ release: null, schema_version: null, purge_after: null, created_at: now, updated_at: now },
    },
    operation: newOperation({ id: platform.newId(), kind, accountId: id, now }),
  };
}

/** Writes the account where its slug is free, a release is published, and the condition holds. Answers its id. */
export function insertAccount(
  registry: D1Database,
  account: Account,
  condition: SqlCondition,
): D1PreparedStatement {
  const { id, slug, name, status, residency, created_at } = account;
  const body: AccountBody = { slug, name, status, residency };
  const free = slugIsFree(slug, id, created_at);
  return registry
    .prepare(
      `INSERT INTO accounts (id, body, created_at, updated_at) SELECT ?1, ?2, ?3, ?3
       WHERE ${free.sql} AND ${LATEST_RELEASE} IS NOT NULL AND ${condition.sql} RETURNING id`,
    )
    .bind(id, JSON.stringify(body), created_at, ...free.params, ...condition.params);
}
