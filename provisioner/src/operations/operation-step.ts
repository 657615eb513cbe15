import type { AccountStatus, Residency } from '#shared-schema/accounts/account.ts';
import type { StoredFile } from '#shared-schema/files/file-calls.ts';
import type { Stack } from '#shared-schema/stacks/stack.ts';
import type { ControlClient } from '../account-worker/control-client.ts';
import type { CloudflareApi } from '../cloudflare/cloudflare-api.ts';
import type { CloudflareHostname } from '../cloudflare/custom-hostname.ts';
import type { SignedFiles } from '../cloudflare/signed-files.ts';
import type { ExportStore } from '../exports/export-store.ts';
import type { NewExport } from '../registry/exports.ts';
import type { HostnameRow } from '../registry/hostnames.ts';
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
    | 'createCustomHostname'
    | 'findCustomHostname'
    | 'deleteCustomHostname'
  >;
  readonly accountWorkers: Pick<
    ControlClient,
    'health' | 'migrate' | 'ensureOwner' | 'takeOver' | 'claimCopy' | 'listFiles'
  >;
  readonly releases: Pick<ReleaseStore, 'bundle'>;
  readonly exports: Pick<ExportStore, 'write' | 'open' | 'keepOnly'>;
  readonly signedFiles: Pick<SignedFiles, 'open' | 'send'>;
  readonly files: AccountFiles;
  readonly platform: PlatformFacts;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** The bytes of accounts' documents. Error: `FILE_STORE_UNAVAILABLE`. */
export interface AccountFiles {
  /** Removes some of the account's files for good. Whether none is left. */
  removeSlice(accountId: string, residency: Residency): Promise<boolean>;
  /** Ensures that the second account has the file that the first one has. Whether the first one has it. */
  copy(order: FileCopy): Promise<boolean>;
}

/** A file of one account that is to be another's too, under the same ids. */
export interface FileCopy {
  readonly from: string;
  readonly to: string;
  readonly residency: Residency;
  readonly file: StoredFile;
}

/** What a step has besides: it is aborted once the operation was lost to another driver. A step that takes long heeds it. */
export interface RunningStepPorts extends StepPorts {
  readonly signal: AbortSignal;
  /** Notes what the stack's Worker was just uploaded with. It is recorded with the step's end, whatever that is. */
  readonly noteUpload: (uploaded: UploadedKeys) => void;
}

/** The operation's stack and facts as the steps before left them. */
export interface StepSubject {
  readonly operationId: string;
  /** Null where the stack belongs to no account yet. */
  readonly accountId: string | null;
  readonly stack: Stack;
  /** Every stack that the account has had, as it was when this driver took the operation up. */
  readonly stacks: readonly Stack[];
  /** The account's, as they were when this driver took the operation up. */
  readonly hostnames: readonly HostnameRow[];
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
  readonly observed_keys: string;
}

/** What a step found or made, to be recorded together with its success. */
export interface StepResult {
  readonly stack?: Partial<
    Pick<Stack, 'status' | 'database_id' | 'release_id' | 'observed_release_id' | 'observed_schema_version'>
  >;
  readonly account?: AccountChange;
  /** The export that the operation has written, or that it is verified now. */
  readonly export?: NewExport | 'verified';
  readonly hostname?: HostnameChange;
  /** For the steps after; what is named again replaces what was. */
  readonly facts?: OperationFacts;
}

/** What becomes of one hostname of the account: Cloudflare has it, or has it no more and others may have it. */
export type HostnameChange =
  | { readonly hostname: string; readonly made: Pick<CloudflareHostname, 'id' | 'setup'> }
  | { readonly hostname: string; readonly removed: true };

/** The step has not come to its end: it runs again, from its beginning, at the time (milliseconds since the Unix epoch). */
export interface StepWait {
  readonly waitUntil: number;
  readonly stack?: StepResult['stack'];
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
