import * as z from 'zod';
import type { OperationStep } from '../operations/operation-step.ts';
import { goOnWith, pollAgain } from './poll-again.ts';
import { restoreFile } from './restore-file.ts';
import { restoreSourceSchema } from './take-over.ts';

/** What a restore of an export is given: its file, and the stack that it was made of. */
export const restoreExportInputSchema = restoreSourceSchema.extend({
  export_id: z.string(),
  object_key: z.string(),
  md5: z.string(),
});
export type RestoreExportInput = z.infer<typeof restoreExportInputSchema>;

/** The stack's new database holds what the export holds. Errors: as {@link restoreFile}. */
export const restoreExport: OperationStep = {
  name: 'restore-export',
  async run(subject, ports) {
    const { facts, input, stack } = subject;
    if (facts.restored) return {};
    if (stack.database_id === null) throw new TypeError('restore-export comes after ensure-database.');
    const { object_key: objectKey, md5 } = restoreExportInputSchema.parse(input);
    const begun = facts.import_bookmark ? { bookmark: String(facts.import_bookmark) } : {};
    const restored = await restoreFile({ databaseId: stack.database_id, objectKey, md5, ...begun }, ports);
    if (restored === 'restored') return goOnWith({ restored: true }, ports);
    return pollAgain(subject, ports, { import_bookmark: restored.bookmark });
  },
};
