import * as z from 'zod';
import { timestampSchema } from '../fields/fields.ts';

/** Who may call the Cloudflare API, the most urgent first: a person who waits, one account's mending, the whole fleet. */
export const apiLaneSchema = z.enum(['signup', 'repair', 'fleet']);
export type ApiLane = z.infer<typeof apiLaneSchema>;

/** `GET /admin/api-budget`: how much of Cloudflare's quota of API calls is used, and what each lane may still take. */
export const apiBudgetSchema = z.object({
  cell: z.string(),
  /** Calls that Cloudflare allows in any five minutes, and how many of them are kept for people. */
  quota: z.int(),
  kept_for_admins: z.int(),
  used_last_5_minutes: z.int(),
  blocked_until: timestampSchema.nullable(),
  lanes: z.array(
    z.object({
      lane: apiLaneSchema,
      used_last_5_minutes: z.int(),
      /** Calls that may be made now, one after another. */
      remaining: z.int(),
      waiting: z.int(),
    }),
  ),
});
export type ApiBudgetReport = z.infer<typeof apiBudgetSchema>;
