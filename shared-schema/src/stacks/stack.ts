import * as z from 'zod';
import { residencySchema } from '../accounts/account.ts';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

export const stackStatusSchema = z.enum(['building', 'ready', 'claimed', 'serving', 'retired']);
export type StackStatus = z.infer<typeof stackStatusSchema>;

/** One dedicated database and one dedicated Worker. `release_id` is desired, `observed_*` what the Worker last said. */
export const stackSchema = z.object({
  id: uuidSchema,
  account_id: uuidSchema.nullable(),
  status: stackStatusSchema,
  residency: residencySchema,
  cell: z.string(),
  worker_name: z.string(),
  dispatch_namespace: z.string(),
  database_id: z.string().nullable(),
  release_id: z.string(),
  observed_release_id: z.string().nullable(),
  observed_schema_version: z.int().nullable(),
  created_at: timestampSchema,
  updated_at: timestampSchema,
});
export type Stack = z.infer<typeof stackSchema>;

/** The name of a stack's database and of its Worker: deterministic, so that a lost reply can be looked up. */
export function stackResourceName(stackId: string): string {
  return `fh-${stackId}`;
}
