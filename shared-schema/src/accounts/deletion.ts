import * as z from 'zod';

/** How long a deleted account can be brought back where nobody says otherwise, in days. */
export const DEFAULT_GRACE_DAYS = 30;
export const MAX_GRACE_DAYS = 365;

export const DAY_MS = 24 * 60 * 60 * 1000;

/** What a deletion is ordered with. */
export const deletionOrderSchema = z.strictObject({
  grace_days: z.int().min(0).max(MAX_GRACE_DAYS).default(DEFAULT_GRACE_DAYS),
});
export type DeletionOrder = z.infer<typeof deletionOrderSchema>;
