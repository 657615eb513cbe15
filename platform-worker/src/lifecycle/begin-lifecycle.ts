import { OPERATION_KINDS } from '#provisioner/operations/operation-kinds.ts';
import { beginOperation, beginRefusal } from '#provisioner/registry/begin-operation.ts';
import { ALWAYS, allOf, type SqlCondition } from '#provisioner/registry/events.ts';
import { newOperation } from '#provisioner/registry/insert-operation.ts';
import type { Account } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import {
  type FirstAnswer,
  type IdempotentRequest,
  keepFirstAnswer,
  replayFirstAnswer,
  sendAnswer,
  unlessAnswered,
} from '../http/idempotency-store.ts';
import { startWorkflow } from '../operations/start-workflow.ts';
import type { Platform } from '../platform.ts';

export interface LifecycleRequest {
  readonly kind: OperationKind;
  /** As it was when the request came. */
  readonly account: Account;
  /** As it is where the operation began, but for the status, which the kind tells. */
  readonly changes?: Partial<Account>;
  /** What the caller sent, and what the steps are given. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What the event of its beginning says besides. */
  readonly noted?: Readonly<Record<string, unknown>>;
  readonly idempotent: IdempotentRequest;
  readonly requestId: string;
  /** The id of a stack that is made for the operation, beside the one that serves. */
  readonly newStackId?: string;
  readonly condition?: SqlCondition;
  readonly alongside?: (begun: SqlCondition) => readonly D1PreparedStatement[];
  /** Why the condition did not hold. */
  readonly refusal?: () => PlatformError;
}

/**
 * Begins an operation on an account: 202 with `{account, operation}`. What the kind says of the account's status holds from
 * the answer on, in this isolate from the next request on, elsewhere within the lifetime of a route.
 *
 * Errors: `ACCOUNT_NOT_FOUND`, `ACCOUNT_STATUS_CONFLICT`, `OPERATION_IN_PROGRESS`, `IDEMPOTENCY_KEY_REUSED`, the refusal.
 */
export async function beginLifecycle(platform: Platform, lifecycle: LifecycleRequest): Promise<Response> {
  const {
    kind,
    account,
    changes,
    input,
    idempotent,
    requestId,
    newStackId,
    alongside,
    condition = ALWAYS,
  } = lifecycle;
  const registry = platform.env.REGISTRY;
  const { now } = idempotent;
  const operation = {
    ...newOperation({ id: platform.newId(), kind, accountId: account.id, now }),
    account_id: account.id,
  };
  const becomes = {
    ...account,
    ...changes,
    status: OPERATION_KINDS[kind].beginsAs ?? account.status,
    updated_at: now,
  };
  const answer: FirstAnswer = {
    status: 202,
    location: `/operations/${operation.id}`,
    body: { account: becomes, operation },
  };
  const began = await beginOperation(registry, {
    ...{ operation, input, ...(newStackId !== undefined && { newStackId }) },
    event: beganEvent(platform, lifecycle, operation.id, becomes),
    condition: allOf(unlessAnswered(idempotent), condition),
    alongside: (begun) => [
      ...(alongside?.(begun) ?? []),
      ...keepFirstAnswer(registry, idempotent, answer, begun),
    ],
  });
  platform.routes.forget(account.id);
  if (began) {
    await startWorkflow(platform, operation.id, requestId);
    return sendAnswer(answer);
  }
  const replayed = await replayFirstAnswer(registry, idempotent);
  if (replayed) return replayed;
  throw (await beginRefusal(registry, account.id, kind)) ?? lifecycle.refusal?.() ?? changedMeanwhile();
}

/** What refused is gone again. */
function changedMeanwhile(): PlatformError {
  return new PlatformError('OPERATION_IN_PROGRESS', { retryAfterMs: 1000 });
}

function beganEvent(
  platform: Platform,
  { kind, account, noted, requestId }: LifecycleRequest,
  operationId: string,
  becomes: Account,
) {
  const { slug, status } = account;
  return {
    id: platform.newId(),
    at: becomes.updated_at,
    actor: 'admin',
    action: `${kind}.began`,
    targetKind: 'account',
    targetId: account.id,
    requestId,
    before: { slug, status },
    after: { slug: becomes.slug, status: becomes.status, operation_id: operationId, ...noted },
  };
}
