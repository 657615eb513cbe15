import * as z from 'zod';
import { uuidSchema } from '../fields/fields.ts';

/** What a survey is to do besides looking. */
export const auditOrderSchema = z.strictObject({
  /** Begin a repair of each stack that has a finding which repairs may mend. */
  repair: z.boolean().default(false),
  /** Remove orphans that are old enough and hold nobody's data. */
  remove_orphans: z.boolean().default(false),
  /** Look at every stack, a slice a request: at those after this id, in place of some in doubt and some in turn. '' begins. */
  after: z.union([z.literal(''), uuidSchema]).optional(),
});
export type AuditOrder = z.infer<typeof auditOrderSchema>;

/** What one survey saw and did. */
export const auditReportSchema = z.object({
  stacks: z.int(),
  databases: z.int(),
  workers: z.int(),
  /** How many stacks should be whole now: ready or serving, with nothing at work on them, unchanged for 10 minutes. */
  settled: z.int(),
  /** How many should be before long, and are not judged yet. */
  unsettled: z.int(),
  /** How many stacks were looked at singly, and did not change meanwhile: those in doubt first, then the next in turn. */
  looked_into: z.int(),
  /** Of how many of them the schema was compared with that of its release. */
  schemas_compared: z.int(),
  /** What could not be looked at this time, for want of API calls or of an answer: the next survey does. */
  postponed: z.int(),
  /** Where the next slice goes on, of a whole audit; null where nothing is left. */
  next_after: z.string().nullable(),
  /** The findings that are open now, by kind. */
  open: z.record(z.string(), z.int()),
  /** The operations that were begun. */
  repairs: z.array(uuidSchema),
  removed: z.array(z.string()),
  /** Orphans that were to be removed and stay, and why. */
  kept: z.array(z.object({ subject: z.string(), reason: z.enum(['HOLDS_DATA', 'CHANGED', 'KNOWN']) })),
});
export type AuditReport = z.infer<typeof auditReportSchema>;
