import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import type { OperationStatus } from '#shared-schema/operations/operation.ts';
import type { ApiCaller } from '../api-budget/api-budget.ts';
import { type ClaimedOperation, claimOperation } from '../registry/claim-operation.ts';
import type { EventRecord } from '../registry/events.ts';
import type { StepRow } from '../registry/operation-rows.ts';
import { operationAvailableAt } from '../registry/operations.ts';
import { recordStepFailure, recordStepSuccess, recordStepWait } from '../registry/record-step.ts';
import { backoffMs, RETRY_FOR_MS } from './backoff.ts';
import { holdLease } from './hold-lease.ts';
import { OPERATION_KINDS } from './operation-kinds.ts';
import type {
  OperationFacts,
  StepPorts,
  StepResult,
  StepSubject,
  StepWait,
  UploadedKeys,
} from './operation-step.ts';

export interface OperationPorts extends Omit<StepPorts, 'cloudflare'> {
  /** The Cloudflare API, for calls on this caller's account of the budget. */
  readonly cloudflare: (caller: ApiCaller) => StepPorts['cloudflare'];
  readonly registry: D1Database;
  readonly newId: () => string;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Ends after as many milliseconds, or at once where it is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

/** What a driver is to do next: nothing more, or come back at a time (milliseconds since the Unix epoch). */
export type RunOutcome =
  | { readonly finished: true }
  | { readonly finished: false; readonly availableAt: number };

/**
 * Carries an operation as far as it goes now: takes it up if nobody holds it, and runs its unfinished steps in order.
 * Any number of drivers may call this for one operation at any time; one works, the others are told when to come back.
 */
export async function runOperation(
  ports: OperationPorts,
  operationId: string,
  driver: string,
): Promise<RunOutcome> {
  const claim = { operationId, driver: `${driver}:${ports.newId()}`, now: ports.now() };
  const operation = await claimOperation(ports.registry, claim);
  if (operation) await runSteps(ports, operation);
  const availableAt = await operationAvailableAt(ports.registry, operationId);
  return availableAt === null ? { finished: true } : { finished: false, availableAt };
}

async function runSteps(ports: OperationPorts, operation: ClaimedOperation): Promise<void> {
  const { id: operationId, account_id: accountId, created_at: startedAt } = operation;
  const { stack, stacks, hostnames, input, facts } = operation;
  let subject: StepSubject | null = {
    ...{ operationId, accountId, startedAt, stack, stacks, hostnames, input, facts },
  };
  const unfinished = operation.steps.filter((step) => step.status !== 'succeeded');
  try {
    for (const step of unfinished) {
      if (subject) subject = await runStep(ports, operation, step, subject);
    }
  } catch (thrown) {
    if (asPlatformError(thrown).code !== 'LEASE_LOST') throw thrown;
    ports.log({ event: 'lease-lost', operation_id: operation.id, generation: operation.generation });
  }
}

/** Runs one step and records its end. The subject as the step left it, or null where the step failed or has to wait. */
async function runStep(
  ports: OperationPorts,
  operation: ClaimedOperation,
  row: StepRow,
  subject: StepSubject,
): Promise<StepSubject | null> {
  const step = OPERATION_KINDS[operation.kind].steps[row.position];
  if (step?.name !== row.name)
    throw new TypeError(`${operation.kind} has no step ${row.name} at ${row.position}.`);
  let result: StepResult | StepWait;
  let uploaded: UploadedKeys | undefined;
  const noteUpload = (keys: UploadedKeys) => {
    uploaded = keys;
  };
  try {
    const cloudflare = ports.cloudflare(callerOf(operation));
    result = await holdLease(ports, operation, (signal) =>
      step.run(subject, { ...ports, cloudflare, signal, noteUpload }),
    );
  } catch (thrown) {
    if (asPlatformError(thrown).code === 'LEASE_LOST') throw thrown;
    await recordFailure(ports, operation, row, { facts: subject.facts, thrown, uploaded });
    return null;
  }
  if ('waitUntil' in result) {
    await recordStepWait(ports.registry, operation, { ...result, uploaded, now: ports.now() });
    return null;
  }
  const isLast = row.position === operation.steps.length - 1;
  const now = ports.now();
  const facts = { ...subject.facts, ...result.facts };
  const event = isLast ? endEvent(ports, operation, 'succeeded', facts, now) : null;
  await recordStepSuccess(ports.registry, operation, {
    position: row.position,
    result,
    uploaded,
    event,
    now,
  });
  return { ...subject, stack: { ...subject.stack, ...result.stack }, facts };
}

function callerOf({ id, kind, stack }: ClaimedOperation): ApiCaller {
  return { cell: stack.cell, lane: OPERATION_KINDS[kind].lane, waiter: id };
}

interface FailedStep {
  readonly facts: OperationFacts;
  readonly thrown: unknown;
  readonly uploaded: UploadedKeys | undefined;
}

async function recordFailure(
  ports: OperationPorts,
  operation: ClaimedOperation,
  row: StepRow,
  { facts, thrown, uploaded }: FailedStep,
) {
  const error = asPlatformError(thrown);
  const now = ports.now();
  const { retryForMs = RETRY_FOR_MS, failsAs } = OPERATION_KINDS[operation.kind];
  const retry = error.retryable && now - operation.created_at < retryForMs;
  const retryAt = retry ? now + (error.retryAfterMs ?? backoffMs(row.attempts + 1, ports.random())) : null;
  ports.log({
    event: 'step-failed',
    operation_id: operation.id,
    step: row.name,
    code: error.code,
    context: error.context,
    cause: error.cause instanceof Error ? error.cause.stack : error.cause,
    retry_at: retryAt,
  });
  await recordStepFailure(ports.registry, operation, {
    position: row.position,
    error: { code: error.code, message: error.message },
    accountStatus: retry ? undefined : failsAs,
    event: retry ? null : endEvent(ports, operation, 'failed', facts, now),
    ...{ retryAt, uploaded, now },
  });
}

function endEvent(
  ports: OperationPorts,
  operation: ClaimedOperation,
  status: OperationStatus,
  facts: OperationFacts,
  at: number,
): EventRecord {
  return {
    id: ports.newId(),
    at,
    actor: 'operation',
    action: `${operation.kind}.${status}`,
    targetKind: operation.account_id === null ? 'stack' : 'account',
    targetId: operation.account_id ?? operation.stack_id,
    requestId: null,
    before: null,
    after: { operation_id: operation.id, stack_id: operation.stack_id, ...facts },
  };
}
