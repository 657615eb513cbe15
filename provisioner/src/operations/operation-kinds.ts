import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import { activate } from '../steps/activate.ts';
import { advanceSchema } from '../steps/advance-schema.ts';
import { allowRouting } from '../steps/allow-routing.ts';
import { awaitRouteExpiry } from '../steps/await-route-expiry.ts';
import { bury } from '../steps/bury.ts';
import { claimCopy } from '../steps/claim-copy.ts';
import { copyFiles } from '../steps/copy-files.ts';
import { deleteCustomHostname } from '../steps/delete-custom-hostname.ts';
import { deleteCustomHostnames } from '../steps/delete-custom-hostnames.ts';
import { deleteDatabases } from '../steps/delete-databases.ts';
import { deleteFiles } from '../steps/delete-files.ts';
import { deleteWorkers } from '../steps/delete-workers.ts';
import { ensureCustomHostname } from '../steps/ensure-custom-hostname.ts';
import { ensureDatabase } from '../steps/ensure-database.ts';
import { ensureExport } from '../steps/ensure-export.ts';
import { ensureOwner } from '../steps/ensure-owner.ts';
import { ensureRelease } from '../steps/ensure-release.ts';
import { ensureSchema } from '../steps/ensure-schema.ts';
import { ensureWorker } from '../steps/ensure-worker.ts';
import { ifServed } from '../steps/if-served.ts';
import { makeReady } from '../steps/make-ready.ts';
import { replaceWorker } from '../steps/replace-worker.ts';
import { requireDatabase } from '../steps/require-database.ts';
import { restoreDatabase } from '../steps/restore-database.ts';
import { restoreExport } from '../steps/restore-export.ts';
import { restoreStatus } from '../steps/restore-status.ts';
import { schedulePurge } from '../steps/schedule-purge.ts';
import { switchStack } from '../steps/switch-stack.ts';
import { takeOver } from '../steps/take-over.ts';
import { verify } from '../steps/verify.ts';
import { verifyExport } from '../steps/verify-export.ts';
import { verifyOrPutBack } from '../steps/verify-or-put-back.ts';
import type { OperationStep } from './operation-step.ts';

export interface OperationKindDefinition {
  /** The statuses of an account in which it may begin; none where it concerns a stack of no account. */
  readonly from: readonly AccountStatus[];
  /** What the account becomes in the very write that begins it; as it was where this is left out. */
  readonly beginsAs?: AccountStatus;
  readonly steps: readonly OperationStep[];
  /** From which lane of the API budget its calls are paid. */
  readonly lane: ApiLane;
  /** For how long what failed for now is tried again, in milliseconds: a day where this is left out. */
  readonly retryForMs?: number;
  /** What the account becomes where it fails for good; as the steps left it where this is left out. */
  readonly failsAs?: AccountStatus;
}

/** What each kind of operation consists of, in order, and when it may begin. */
export const OPERATION_KINDS: Readonly<Record<OperationKind, OperationKindDefinition>> = {
  provision: {
    from: ['provisioning'],
    steps: [ensureDatabase, ensureWorker, ensureSchema, ensureOwner, verify, activate],
    failsAs: 'failed',
    lane: 'signup',
  },
  'prepare-stack': {
    from: [],
    steps: [ensureDatabase, ensureWorker, ensureSchema, verify, makeReady],
    lane: 'fleet',
  },
  suspend: { from: ['active'], beginsAs: 'suspended', steps: [awaitRouteExpiry], lane: 'repair' },
  resume: { from: ['suspended'], steps: [verify, allowRouting], lane: 'repair' },
  export: { from: ['active', 'suspended', 'deleting'], steps: [ensureExport, verifyExport], lane: 'repair' },
  restore: {
    from: ['active', 'suspended'],
    beginsAs: 'suspended',
    steps: [awaitRouteExpiry, restoreDatabase, takeOver, verify, allowRouting],
    lane: 'repair',
  },
  'restore-export': {
    from: ['active', 'suspended'],
    steps: [ensureDatabase, restoreExport, ensureWorker, takeOver, verify, switchStack, awaitRouteExpiry],
    lane: 'repair',
  },
  clone: {
    from: ['provisioning'],
    steps: [ensureDatabase, restoreExport, ensureWorker, claimCopy, copyFiles, verify, activate],
    failsAs: 'failed',
    lane: 'repair',
  },
  repair: {
    from: ['active', 'suspended'],
    steps: [requireDatabase, replaceWorker, ensureSchema, verify],
    lane: 'repair',
  },
  upgrade: {
    from: ['active', 'suspended'],
    steps: [advanceSchema, ensureRelease, verifyOrPutBack],
    lane: 'fleet',
    // A rollout waits for it, with the next wave and with its tolerance.
    retryForMs: 10 * 60_000,
  },
  'change-slug': { from: ['active', 'suspended'], steps: [awaitRouteExpiry], lane: 'repair' },
  delete: {
    from: ['active', 'suspended', 'failed'],
    beginsAs: 'deleting',
    steps: [awaitRouteExpiry, ifServed(ensureExport), ifServed(verifyExport), schedulePurge],
    lane: 'repair',
  },
  undelete: { from: ['deleting'], steps: [verify, restoreStatus], lane: 'repair' },
  purge: {
    from: ['deleting'],
    steps: [deleteCustomHostnames, deleteWorkers, deleteDatabases, deleteFiles, bury],
    lane: 'fleet',
  },
  'add-hostname': { from: ['active', 'suspended'], steps: [ensureCustomHostname], lane: 'repair' },
  'remove-hostname': {
    from: ['active', 'suspended'],
    steps: [awaitRouteExpiry, deleteCustomHostname],
    lane: 'repair',
  },
};
