import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { StoredFile } from '#shared-schema/files/file-calls.ts';
import type {
  FileCopy,
  OperationStep,
  RunningStepPorts,
  StepResult,
  StepWait,
} from '../operations/operation-step.ts';
import { cloneInputSchema } from './clone-input.ts';
import { orderWorker } from './order-worker.ts';
import { goOnWith } from './poll-again.ts';

/** How many bytes one run copies, give or take a file: 256 MiB. */
const BYTES_PER_RUN = 256 * 1024 * 1024;
/** How many files are copied at once: fewer than the connections that a Worker may have open. */
const FILES_AT_ONCE = 4;

/**
 * The files that the account's documents have lie under the account's own prefix, copied from the source's. The account's Worker
 * names them, by ids alone; it sees none. Many files take many runs. Fact: `files_to`, how far it came.
 *
 * Errors: `EXPORT_OUTDATED` where the source has lost one since the export was made: erased, swept, purged; `FILE_STORE_UNAVAILABLE`.
 */
export const copyFiles: OperationStep = {
  name: 'copy-files',
  async run(subject, ports): Promise<StepResult | StepWait> {
    const { accountId: to, facts, stack } = subject;
    if (to === null) throw new TypeError('Only an account has files.');
    const { source_account_id: from } = cloneInputSchema.parse(subject.input);
    const order = {
      account_id: to,
      after: facts.files_to === undefined ? null : String(facts.files_to),
    };
    const { files } = await orderWorker(subject, ports, (target) =>
      ports.accountWorkers.listFiles(target, order),
    );
    const slice = firstBytes(files, BYTES_PER_RUN);
    const last = slice.at(-1);
    if (!last) return {};
    for (let first = 0; first < slice.length; first += FILES_AT_ONCE) {
      ports.signal.throwIfAborted();
      const few = slice.slice(first, first + FILES_AT_ONCE);
      await Promise.all(few.map((file) => copyFile({ from, to, residency: stack.residency, file }, ports)));
    }
    return goOnWith({ files_to: last.version_id }, ports);
  },
};

async function copyFile(order: FileCopy, { files }: RunningStepPorts): Promise<void> {
  if (await files.copy(order)) return;
  throw new PlatformError('EXPORT_OUTDATED', { context: { version_id: order.file.version_id } });
}

/** The first of the files, one at least, until they have as many bytes. */
function firstBytes(files: readonly StoredFile[], bytes: number): readonly StoredFile[] {
  let sum = 0;
  const end = files.findIndex(({ size }) => {
    sum += size;
    return sum >= bytes;
  });
  return end === -1 ? files : files.slice(0, end + 1);
}
