import * as z from 'zod';
import { residencySchema } from '../accounts/account.ts';
import { accountTagSchema } from '../accounts/account-tags.ts';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';
import { slugSchema } from '../fields/slug.ts';
import { operationErrorSchema } from '../operations/operation.ts';

/** Which of the accounts that are served a rollout is for: all, where nothing is said. What is said must hold together. */
export const rolloutSelectorSchema = z.strictObject({
  slugs: z.array(slugSchema).min(1).max(1_000).optional(),
  residency: residencySchema.optional(),
  /** Accounts with at least one of them. */
  tags: z.array(accountTagSchema).min(1).max(20).optional(),
  /** So many of those, chosen evenly and the same each time. */
  percentage: z.number().gt(0).max(100).optional(),
});

/** How a rollout goes out. */
export const rolloutOrderSchema = z.strictObject({
  /** The current release where it is left out. */
  release_id: z.string().optional(),
  selector: rolloutSelectorSchema.default({}),
  /** How much of all targets is done at the end of each wave, in percent; the last is 100. */
  waves: z
    .array(z.number().gt(0).max(100))
    .min(1)
    .max(20)
    .default([1, 10, 50, 100])
    .refine((waves) => waves.every((wave, position) => wave > (waves[position - 1] ?? 0)), {
      error: 'Each wave reaches further than the one before.',
    })
    .refine((waves) => waves.at(-1) === 100, { error: 'The last wave reaches 100.' }),
  /** How many stacks are upgraded at once. */
  concurrency: z.int().min(1).max(100).default(20),
  /** How many stacks may fail before it pauses: a count, or a share of all targets (`1%`). */
  tolerance: z
    .string()
    .regex(/^\d{1,6}$|^(100|\d{1,2}(\.\d+)?)%$/, 'This is a count (3) or a share up to 100%.')
    .default('0'),
  /** How long each wave but the last is watched before the next begins. */
  soak_ms: z
    .int()
    .min(0)
    .max(7 * 24 * 60 * 60_000)
    .default(60_000),
  /** What happens past the tolerance. */
  on_failure: z.enum(['pause', 'continue']).default('pause'),
});
export type RolloutOrder = z.output<typeof rolloutOrderSchema>;
export type RolloutSelector = z.infer<typeof rolloutSelectorSchema>;

/** The order as it was decided: with the tolerance as a count. */
export const rolloutPlanSchema = z.object({
  ...rolloutOrderSchema.omit({ release_id: true }).shape,
  max_failures: z.int(),
});
export type RolloutPlan = z.infer<typeof rolloutPlanSchema>;

/**
 * planned: its targets are frozen, nothing has moved. running, paused: under way, one at a time. finished: every target is
 * done, failed or skipped. aborted: stopped for good. rolled-back: another rollout took back what it had changed.
 */
export const rolloutStatusSchema = z.enum([
  'planned',
  'running',
  'paused',
  'finished',
  'aborted',
  'rolled-back',
]);
export type RolloutStatus = z.infer<typeof rolloutStatusSchema>;

/** skipped: the account was gone, or no longer served by that stack, when its turn came. */
export const targetStatusSchema = z.enum(['pending', 'running', 'done', 'failed', 'skipped']);
export type TargetStatus = z.infer<typeof targetStatusSchema>;

const countsSchema = z.record(targetStatusSchema, z.int());
export type TargetCounts = z.infer<typeof countsSchema>;

export const rolloutSchema = z.object({
  id: uuidSchema,
  release_id: z.string(),
  previous_release_id: z.string(),
  /** The rollout that this one takes back; null for all others. */
  undoes: uuidSchema.nullable(),
  status: rolloutStatusSchema,
  plan: rolloutPlanSchema,
  /** The wave under way, from 1. */
  wave: z.int(),
  /** Why it paused; null where nobody had to be told. */
  reason: operationErrorSchema.nullable(),
  created_at: timestampSchema,
  started_at: timestampSchema.nullable(),
  finished_at: timestampSchema.nullable(),
});
export type Rollout = z.infer<typeof rolloutSchema>;

/** A rollout with how far it has come. */
export const rolloutProgressSchema = rolloutSchema.extend({
  targets: countsSchema,
  waves: z.array(z.object({ wave: z.int(), targets: countsSchema })),
  /** Cloudflare API calls that are left to make: one a target. */
  api_calls_left: z.int(),
  /** Not before then, at the rate of the budget's fleet lane and with all soaks; null where nothing is left to do. */
  earliest_end_at: timestampSchema.nullable(),
});
export type RolloutProgress = z.infer<typeof rolloutProgressSchema>;

export const rolloutTargetSchema = z.object({
  stack_id: uuidSchema,
  account_id: uuidSchema,
  slug: z.string(),
  wave: z.int(),
  status: targetStatusSchema,
  from_release_id: z.string(),
  to_release_id: z.string(),
  operation_id: uuidSchema.nullable(),
  /** The step that failed. */
  step: z.string().nullable(),
  error: operationErrorSchema.nullable(),
  updated_at: timestampSchema,
});
export type RolloutTarget = z.infer<typeof rolloutTargetSchema>;
