import { insertEvent, type SqlCondition } from '#provisioner/registry/events.ts';
import { insertOperation, newOperation } from '#provisioner/registry/insert-operation.ts';
import { slugIsFree } from '#provisioner/registry/slugs.ts';
import type { ProvisionInput } from '#provisioner/steps/ensure-owner.ts';
import type { Account, Signup } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Operation } from '#shared-schema/operations/operation.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { AccountBody } from '../accounts/account-rows.ts';
import {
  type FirstAnswer,
  type IdempotentRequest,
  keepFirstAnswer,
  readFirstAnswer,
  replay,
  sendAnswer,
  unlessAnswered,
} from '../http/idempotency-store.ts';
import type { Platform } from '../platform.ts';
import { accountUrl } from '../routing/account-address.ts';
import { slugTaken } from './slug-refusals.ts';

export interface NewAccount {
  readonly signup: Signup;
  readonly passwordHash: string;
  readonly idempotent: IdempotentRequest;
  readonly requestId: string;
}

/** The body of the answer to a signup. */
export interface AccountAccepted {
  readonly account: Account;
  readonly operation: Operation;
}

export interface CreateAccountOutcome {
  readonly answer: Response;
  /** The operation to drive; null where the answer is one given before. */
  readonly operationId: string | null;
}

const LATEST_RELEASE = 'SELECT id FROM releases ORDER BY created_at DESC, id DESC LIMIT 1';

/**
 * Writes account, stack and provision operation in one transaction, all or nothing. From then on the account will be
 * made, whatever dies. Errors: `SLUG_TAKEN`, `NO_RELEASE`, `IDEMPOTENCY_KEY_REUSED`.
 */
export async function createAccount(platform: Platform, request: NewAccount): Promise<CreateAccountOutcome> {
  const registry = platform.env.REGISTRY;
  const { signup, idempotent } = request;
  const accepted = newAccount(platform, signup);
  const { account, operation } = accepted;
  const stackId = platform.newId();
  const answer: FirstAnswer = { status: 202, location: `/operations/${operation.id}`, body: accepted };
  const created: SqlCondition = { sql: 'EXISTS (SELECT 1 FROM accounts WHERE id = ?)', params: [account.id] };
  const [first, release, inserted] = await registry.batch([
    readFirstAnswer(registry, idempotent),
    registry.prepare(LATEST_RELEASE),
    insertAccount(registry, account, unlessAnswered(idempotent)),
    insertStack(platform, account, stackId, created),
    ...insertOperation(
      registry,
      { operation, input: provisionInput(platform, request), stack: { sql: '?', params: [stackId] } },
      created,
    ),
    insertEvent(registry, signupEvent(platform, request, accepted), created),
    ...keepFirstAnswer(registry, idempotent, answer, created),
  ]);
  if (inserted?.results.length === 1) return { answer: sendAnswer(answer), operationId: operation.id };
  const replayed = replay(first?.results[0], idempotent);
  if (replayed) return { answer: replayed, operationId: null };
  if (release?.results.length !== 1) throw new PlatformError('NO_RELEASE', { retryAfterMs: 10_000 });
  throw slugTaken();
}

function newAccount(platform: Platform, signup: Signup): AccountAccepted {
  const { name, slug, residency } = signup;
  const now = platform.now();
  const id = platform.newId();
  return {
    account: {
      ...{ id, slug, name, status: 'provisioning', residency, url: accountUrl(slug, platform.accountUrls) },
      ...{ release: null, schema_version: null, purge_after: null, created_at: now, updated_at: now },
    },
    operation: newOperation({ id: platform.newId(), kind: 'provision', accountId: id, now }),
  };
}

function provisionInput(platform: Platform, { signup, passwordHash }: NewAccount): ProvisionInput {
  const { name, email } = signup.owner;
  return { owner: { id: platform.newId(), name, email, password_hash: passwordHash } };
}

function insertAccount(
  registry: D1Database,
  account: Account,
  unanswered: SqlCondition,
): D1PreparedStatement {
  const { id, slug, name, status, residency, created_at } = account;
  const body: AccountBody = { slug, name, status, residency };
  const free = slugIsFree(slug, id, created_at);
  return registry
    .prepare(
      `INSERT INTO accounts (id, body, created_at, updated_at) SELECT ?1, ?2, ?3, ?3
       WHERE ${free.sql} AND EXISTS (${LATEST_RELEASE}) AND ${unanswered.sql} RETURNING id`,
    )
    .bind(id, JSON.stringify(body), created_at, ...free.params, ...unanswered.params);
}

function insertStack(
  { env }: Platform,
  account: Account,
  stackId: string,
  created: SqlCondition,
): D1PreparedStatement {
  return env.REGISTRY.prepare(
    `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
     SELECT ?1, ?2, 'building', ?3, ?4, ?5, ?6, (${LATEST_RELEASE}), ?7, ?7 WHERE ${created.sql}`,
  ).bind(
    ...[stackId, account.id, account.residency, env.CELL, stackResourceName(stackId), env.DISPATCH_NAMESPACE],
    ...[account.created_at, ...created.params],
  );
}

function signupEvent(platform: Platform, { requestId }: NewAccount, { account, operation }: AccountAccepted) {
  return {
    id: platform.newId(),
    at: account.created_at,
    actor: 'signup',
    action: 'account.created',
    targetKind: 'account',
    targetId: account.id,
    requestId,
    before: null,
    after: { slug: account.slug, residency: account.residency, operation_id: operation.id },
  };
}
