import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';
import { rolloutStatusSchema } from './rollout.ts';

/** The state of the whole fleet in a few lines, whatever its size. */
export const fleetSchema = z.object({
  /** What new stacks get. */
  current_release_id: z.string().nullable(),
  /** The stacks that serve an account, by the release and the schema that were last seen on them. */
  releases: z.array(
    z.object({
      release_id: z.string().nullable(),
      schema_version: z.int().nullable(),
      stacks: z.int(),
    }),
  ),
  /** Stacks that a rollout under way, or the last one, could not bring on: by step and error. */
  failures: z.array(
    z.object({
      rollout_id: uuidSchema,
      step: z.string().nullable(),
      code: z.string(),
      message: z.string(),
      stacks: z.int(),
    }),
  ),
  /** The last rollouts, the newest first. */
  rollouts: z.array(
    z.object({
      id: uuidSchema,
      release_id: z.string(),
      status: rolloutStatusSchema,
      created_at: timestampSchema,
    }),
  ),
});
export type Fleet = z.infer<typeof fleetSchema>;
