import { type EventRecord, insertEvent, type SqlCondition } from '#provisioner/registry/events.ts';
import type { StoredExport } from '#provisioner/registry/exports.ts';
import { insertOperation } from '#provisioner/registry/insert-operation.ts';
import { insertStack } from '#provisioner/registry/insert-stack.ts';
import { LATEST_RELEASE } from '#provisioner/registry/latest-release.ts';
import type { CloneInput } from '#provisioner/steps/clone-input.ts';
import type { Account } from '#shared-schema/accounts/account.ts';
import type { CloneOrder } from '#shared-schema/accounts/clone.ts';
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
import { startWorkflow } from '../operations/start-workflow.ts';
import type { Platform } from '../platform.ts';
import { type AccountAccepted, insertAccount, newAccount } from '../signup/new-account.ts';
import { slugTaken } from '../signup/slug-refusals.ts';

export interface NewClone {
  readonly source: Account;
  readonly order: CloneOrder;
  readonly stored: StoredExport;
  readonly idempotent: IdempotentRequest;
  readonly requestId: string;
}

/** The statuses of a source: its files are there, and nobody has ordered them to go. */
const CLONED_IN = ['active', 'suspended'] as const;

/**
 * Writes account, stack and clone operation in one transaction, all or nothing, where the source is in the registry as it should
 * be: its residency is the clone's. 202 with `{account, operation}`. The stack is made from nothing, for an export is restored
 * into an empty database.
 *
 * Errors: `ACCOUNT_STATUS_CONFLICT` of the source, `EXPORT_NOT_VERIFIED`, `SLUG_TAKEN`, `NO_RELEASE`, `IDEMPOTENCY_KEY_REUSED`.
 */
export async function cloneAccount(platform: Platform, clone: NewClone): Promise<Response> {
  const registry = platform.env.REGISTRY;
  const { source, order, idempotent, requestId } = clone;
  const accepted = newAccount(platform, { ...order, residency: source.residency }, 'clone');
  const { account, operation } = accepted;
  const answer: FirstAnswer = { status: 202, location: `/operations/${operation.id}`, body: accepted };
  const created: SqlCondition = { sql: 'EXISTS (SELECT 1 FROM accounts WHERE id = ?)', params: [account.id] };
  const stackId = platform.newId();
  const { residency, created_at: now } = account;
  const [first, release, inserted] = await registry.batch([
    readFirstAnswer(registry, idempotent),
    registry.prepare(`SELECT ${LATEST_RELEASE} AS id`),
    insertAccount(registry, account, clonable(clone)),
    insertStack(
      registry,
      { id: stackId, accountId: account.id, residency, now, ...platform.stackPlace },
      created,
    ),
    ...insertOperation(
      registry,
      { operation, input: cloneInput(clone), stack: { sql: '?', params: [stackId] } },
      created,
    ),
    ...beganEvents(platform, clone, accepted).map((event) => insertEvent(registry, event, created)),
    ...keepFirstAnswer(registry, idempotent, answer, created),
  ]);
  if (inserted?.results.length === 1) {
    await startWorkflow(platform, operation.id, requestId);
    return sendAnswer(answer);
  }
  const replayed = replay(first?.results[0], idempotent);
  if (replayed) return replayed;
  if (Object(release?.results[0]).id === null)
    throw new PlatformError('NO_RELEASE', { retryAfterMs: 10_000 });
  throw await cloneRefusal(registry, clone);
}

/** Holds where nothing was answered yet, and the source and its export are what they have to be. */
function clonable({ source, stored, idempotent }: NewClone): SqlCondition {
  const unanswered = unlessAnswered(idempotent);
  return {
    sql: `${unanswered.sql}
      AND EXISTS (SELECT 1 FROM accounts WHERE id = ? AND status IN (${CLONED_IN.map(() => '?').join(', ')}))
      AND EXISTS (SELECT 1 FROM exports WHERE id = ? AND status = 'verified')`,
    params: [...unanswered.params, source.id, ...CLONED_IN, stored.id],
  };
}

function cloneInput({ source, stored }: NewClone): CloneInput {
  const { id: export_id, object_key, md5, stack_id: source_stack_id } = stored;
  return { export_id, object_key, md5, source_stack_id, source_account_id: source.id };
}

/** Whoever looks at either account's events sees it. */
function beganEvents(
  platform: Platform,
  { source, stored, requestId }: NewClone,
  { account, operation }: AccountAccepted,
): EventRecord[] {
  const { id, slug, residency, created_at: at } = account;
  const common = { at, actor: 'admin', targetKind: 'account', requestId, before: null } as const;
  const told = { operation_id: operation.id, export_id: stored.id };
  return [
    {
      ...{ ...common, id: platform.newId(), action: 'clone.began', targetId: id },
      after: { slug, residency, source_account_id: source.id, ...told },
    },
    {
      ...{ ...common, id: platform.newId(), action: 'account.cloned', targetId: source.id },
      after: { clone_account_id: id, ...told },
    },
  ];
}

interface RefusalRow {
  readonly status: string;
  readonly export_status: string | null;
}

/** Why it cannot be cloned: the source, or its export, or else the slug. */
async function cloneRefusal(registry: D1Database, { source, stored }: NewClone): Promise<PlatformError> {
  const row = await registry
    .prepare(
      `SELECT status, (SELECT status FROM exports WHERE id = ?) AS export_status
       FROM accounts WHERE id = ?`,
    )
    .bind(stored.id, source.id)
    .first<RefusalRow>();
  if (!CLONED_IN.some((allowed) => allowed === row?.status)) {
    return new PlatformError('ACCOUNT_STATUS_CONFLICT', {
      context: { status: row?.status, allowed: CLONED_IN },
    });
  }
  return row?.export_status === 'verified' ? slugTaken() : new PlatformError('EXPORT_NOT_VERIFIED');
}
