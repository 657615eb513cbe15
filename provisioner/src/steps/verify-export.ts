import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { findDifference } from '../exports/compare-statements.ts';
import { restorableDump } from '../exports/restorable-dump.ts';
import { statementsOf } from '../exports/statement-splitter.ts';
import type {
  OperationFacts,
  OperationStep,
  RunningStepPorts,
  StepResult,
  StepSubject,
  StepWait,
} from '../operations/operation-step.ts';
import { createOrAdoptDatabase } from './create-or-adopt-database.ts';
import { goOnWith, pollAgain } from './poll-again.ts';
import { restoreFile } from './restore-file.ts';

/** Where the step is before it begins, and where it begins again when its database is gone. */
const NOTHING_DONE: OperationFacts = {
  scratch_database_id: '',
  scratch_import: '',
  scratch_restored: false,
  scratch_dump: '',
  scratch_compared: false,
};

/**
 * The export's very file was restored into a database of its own, whose dump has the same statements, one by one. That database
 * is gone when the step succeeds, and when it fails for good.
 *
 * Errors: `EXPORT_NOT_RESTORABLE`; those of the calls.
 */
export const verifyExport: OperationStep = {
  name: 'verify-export',
  async run(subject, ports) {
    const databaseId = String(subject.facts.scratch_database_id ?? '');
    if (databaseId === '') return makeScratchDatabase(subject, ports);
    try {
      return await goOn(subject, ports, databaseId);
    } catch (thrown) {
      const { code, retryable } = asPlatformError(thrown);
      if (code === 'DATABASE_NOT_FOUND') return pollAgain(subject, ports, NOTHING_DONE);
      if (!retryable) await ports.cloudflare.deleteDatabase(databaseId);
      throw thrown;
    }
  },
};

async function makeScratchDatabase({ operationId, stack }: StepSubject, ports: RunningStepPorts) {
  const name = `fh-verify-${operationId}`;
  const { id } = await createOrAdoptDatabase(name, stack.residency, ports.cloudflare);
  return goOnWith({ ...NOTHING_DONE, scratch_database_id: id }, ports);
}

/** One part of the work. What a part found is recorded before the next, so that a crash costs no more than one. */
async function goOn(
  subject: StepSubject,
  ports: RunningStepPorts,
  databaseId: string,
): Promise<StepResult | StepWait> {
  const { facts } = subject;
  if (facts.scratch_compared) {
    await ports.cloudflare.deleteDatabase(databaseId);
    return { export: 'verified', facts: NOTHING_DONE };
  }
  const objectKey = String(facts.export_key);
  if (!facts.scratch_restored) {
    const order = { databaseId, objectKey, md5: String(facts.export_md5) };
    const begun = facts.scratch_import ? { bookmark: String(facts.scratch_import) } : {};
    const restored = await restoreFile({ ...order, ...begun }, ports);
    if (restored === 'restored') return goOnWith({ scratch_restored: true }, ports);
    return pollAgain(subject, ports, { scratch_import: restored.bookmark });
  }
  const known = String(facts.scratch_dump) || undefined;
  const { bookmark, url } = await ports.cloudflare.exportDatabase(databaseId, known);
  if (url === null) return pollAgain(subject, ports, { scratch_dump: bookmark });
  const { body } = await ports.exports.open(objectKey);
  const difference = await findDifference(
    statementsOf(body),
    restorableDump(() => ports.signedFiles.open(url, ports.signal)),
  );
  if (difference) throw new PlatformError('EXPORT_NOT_RESTORABLE', { context: { ...difference } });
  return goOnWith({ scratch_compared: true }, ports);
}
