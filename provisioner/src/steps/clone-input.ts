import * as z from 'zod';
import { restoreExportInputSchema } from './restore-export.ts';

/** What a clone is given: the export that it is made of, and whose that is. */
export const cloneInputSchema = restoreExportInputSchema.extend({
  source_stack_id: z.string(),
  source_account_id: z.string(),
});
export type CloneInput = z.infer<typeof cloneInputSchema>;
