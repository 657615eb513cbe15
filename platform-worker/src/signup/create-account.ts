import { claimStack } from '#provisioner/registry/claim-stack.ts';
import { insertEvent, type SqlCondition } from '#provisioner/registry/events.ts';
import { insertOperation } from '#provisioner/registry/insert-operation.ts';
import { insertStack } from '#provisioner/registry/insert-stack.ts';
import { LATEST_RELEASE } from '#provisioner/registry/latest-release.ts';
import type { ProvisionInput } from '#provisioner/steps/ensure-owner.ts';
import type { Signup } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
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
import { type AccountAccepted, insertAccount, newAccount } from './new-account.ts';
import { slugTaken } from './slug-refusals.ts';

export interface NewAccount {
  readonly signup: Signup;
  readonly passwordHash: string;
  readonly idempotent: IdempotentRequest;
  readonly requestId: string;
}

export interface CreateAccountOutcome {
  readonly answer: Response;
  /** The operation to drive; null where the answer is one given before. */
  readonly operationId: string | null;
  /** Whether a stack of the pool was claimed: little is left to do. */
  readonly warm: boolean;
}

/**
 * Writes account, stack and provision operation in one transaction, all or nothing: a stack of the pool where one is
 * ready, else one that is yet to be made. From then on the account will be made, whatever dies. Errors: `SLUG_TAKEN`, `NO_RELEASE`, `IDEMPOTENCY_KEY_REUSED`.
 */
export async function createAccount(platform: Platform, request: NewAccount): Promise<CreateAccountOutcome> {
  const registry = platform.env.REGISTRY;
  const { signup, idempotent } = request;
  const accepted = newAccount(platform, signup, 'provision');
  const { account, operation } = accepted;
  const answer: FirstAnswer = { status: 202, location: `/operations/${operation.id}`, body: accepted };
  const created: SqlCondition = { sql: 'EXISTS (SELECT 1 FROM accounts WHERE id = ?)', params: [account.id] };
  const stackless: SqlCondition = {
    sql: `${created.sql} AND NOT EXISTS (SELECT 1 FROM stacks WHERE account_id = ?)`,
    params: [...created.params, account.id],
  };
  const { residency, created_at: now } = account;
  const [first, release, inserted, claimed] = await registry.batch([
    readFirstAnswer(registry, idempotent),
    registry.prepare(`SELECT ${LATEST_RELEASE} AS id`),
    insertAccount(registry, account, unlessAnswered(idempotent)),
    claimStack(registry, { accountId: account.id, residency, now }, created),
    insertStack(
      registry,
      { id: platform.newId(), accountId: account.id, residency, now, ...platform.stackPlace },
      stackless,
    ),
    ...insertOperation(
      registry,
      {
        operation,
        input: provisionInput(platform, request),
        stack: { sql: '(SELECT id FROM stacks WHERE account_id = ?)', params: [account.id] },
      },
      created,
    ),
    insertEvent(registry, signupEvent(platform, request, accepted), created),
    ...keepFirstAnswer(registry, idempotent, answer, created),
  ]);
  if (inserted?.results.length === 1) {
    return { answer: sendAnswer(answer), operationId: operation.id, warm: claimed?.results.length === 1 };
  }
  const replayed = replay(first?.results[0], idempotent);
  if (replayed) return { answer: replayed, operationId: null, warm: false };
  if (Object(release?.results[0]).id === null)
    throw new PlatformError('NO_RELEASE', { retryAfterMs: 10_000 });
  throw slugTaken();
}

function provisionInput(platform: Platform, { signup, passwordHash }: NewAccount): ProvisionInput {
  const { name, email } = signup.owner;
  return { owner: { id: platform.newId(), name, email, password_hash: passwordHash } };
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
