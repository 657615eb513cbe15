import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

/** `verified` once the very file was restored into a database of its own, which held the same rows. */
export const exportStatusSchema = z.enum(['written', 'verified']);

/** An account's database as an SQL file, as it was at one moment. Its id is that of the operation that made it. */
export const exportSchema = z.object({
  id: uuidSchema,
  account_id: uuidSchema,
  stack_id: uuidSchema,
  status: exportStatusSchema,
  /** The moment, as D1's Time Travel names it. */
  at_bookmark: z.string(),
  size_bytes: z.int(),
  /** Lower-case hex. */
  sha256: z.string(),
  created_at: timestampSchema,
  verified_at: timestampSchema.nullable(),
});
export type Export = z.infer<typeof exportSchema>;
