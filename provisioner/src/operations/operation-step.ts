import type { AccountStatus, Residency } from '#shared-schema/accounts/account.ts';
import type { Stack } from '#shared-schema/stacks/stack.ts';
import type { ControlClient } from '../account-worker/control-client.ts';
import type { CloudflareApi } from '../cloudflare/cloudflare-api.ts';
import type { ExportStore } from '../exports/export-store.ts';
import type { NewExport } from '../registry/exports.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import type { PlatformFacts } from '../steps/account-worker-facts.ts';

/** Everything outside that a step may touch. The registry is not here: what a step learned is written by the engine. */
export interface StepPorts {
  readonly cloudflare: Pick<
    CloudflareApi,
    | 'createDatabase'
    | 'findDatabase'
    | 'getDatabase'
    | 'deleteDatabase'
    | 'queryDatabase'
    | 'exportDatabase'
    | 'importDatabase'
    | 'readBookmark'
    | 'restoreDatabase'
    | 'uploadAccountWorker'
    | 'deleteAccountWorker'
  >;
  readonly accountWorkers: Pick<ControlClient, 'health' | 'migrate' | 'ensureOwner' | 'takeOver'>;
  readonly releases: Pick<ReleaseStore, 'bundle'>;
  readonly exports: Pick<ExportStore, 'write' | 'open' | 'keepOnly'>;
  readonly files: AccountFiles;
  readonly platform: PlatformFacts;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** The bytes of accounts' documents. Error: `FILE_STORE_UNAVAILABLE`. */
export interface AccountFiles {
  /** Removes some of the account's files for good. Whether none is left. */
  removeSlice(accountId: string, residency: Residency): Promise<boolean>;
}

/** What a step has besides: it is aborted once the operation was lost to another driver. A step that takes long heeds it. */
export interface RunningStepPorts extends StepPorts {
  readonly signal: AbortSignal;
}

/** The operation's stack and facts as the steps before left them. */
export interface StepSubject {
  readonly operationId: string;
  /** Null where the stack belongs to no account yet. */
  readonly accountId: string | null;
  readonly stack: Stack;
  /** Every stack that the account has had, as it was when this driver took the operation up. */
  readonly stacks: readonly Stack[];
  readonly input: unknown;
  /** What earlier steps found, by name. */
  readonly facts: OperationFacts;
  /** When the operation began, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

export type OperationFacts = Readonly<Record<string, string | number | boolean>>;

/** What an account becomes: of a status, due to be purged, what it was before its deletion, a tombstone. */
export type AccountChange =
  | { readonly status: AccountStatus }
  | { readonly purgeAfter: number }
  | 'restored'
  | 'buried';

/** The ids of the public keys that the stack's Worker was uploaded with, as a JSON list. */
export interface UploadedKeys {
  readonly observed_keys?: string;
}

/** What a step found or made, to be recorded together with its success. */
export interface StepResult {
  readonly stack?: Partial<
    Pick<Stack, 'status' | 'database_id' | 'observed_release_id' | 'observed_schema_version'>
  > &
    UploadedKeys;
  readonly account?: AccountChange;
  /** The export that the operation has written, or that it is verified now. */
  readonly export?: NewExport | 'verified';
  /** For the steps after; what is named again replaces what was. */
  readonly facts?: OperationFacts;
}

/** The step has not come to its end: it runs again, from its beginning, at the time (milliseconds since the Unix epoch). */
export interface StepWait {
  readonly waitUntil: number;
  readonly facts?: OperationFacts;
}

/**
 * A step ensures what its name says. It may run again after any crash, with any earlier reply lost, and beside a driver
 * that does not know it lost the operation; it must come to the same end.
 */
export interface OperationStep {
  readonly name: string;
  run(subject: StepSubject, ports: RunningStepPorts): Promise<StepResult | StepWait>;
}
