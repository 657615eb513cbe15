import * as z from 'zod';
import { residencySchema } from '../accounts/account.ts';

/** How many stacks are kept ready, by residency. What is not named is not kept. */
export const poolSizesSchema = z.partialRecord(residencySchema, z.int().min(0).max(1000));
export type PoolSizes = z.infer<typeof poolSizesSchema>;

/** The pool of one residency: what is wanted and what there is. */
export const poolSchema = z.object({
  residency: residencySchema,
  size: z.int(),
  /** Ready, with the latest release: what a signup may claim. */
  ready: z.int(),
  /** Being made, or brought up to the latest release. */
  building: z.int(),
  /** Ready, with an older release: not claimed before it is brought up to date. */
  stale: z.int(),
});
export type Pool = z.infer<typeof poolSchema>;
