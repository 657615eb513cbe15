import * as z from 'zod';
import { emailSchema, nameSchema, passwordSchema, timestampSchema, uuidSchema } from '../fields/fields.ts';
import { slugSchema } from '../fields/slug.ts';

/**
 * Where an account's database runs and stores. Only what Cloudflare enforces is offered: D1's jurisdictions
 * (developers.cloudflare.com/d1/configuration/data-location, November 2026). The platform serves UK users from the EU.
 */
export const residencySchema = z.enum(['eu']);
export type Residency = z.infer<typeof residencySchema>;
export const DEFAULT_RESIDENCY: Residency = 'eu';

export const accountStatusSchema = z.enum([
  'provisioning',
  'active',
  'suspended',
  'failed',
  'deleting',
  'deleted',
]);
export type AccountStatus = z.infer<typeof accountStatusSchema>;

/**
 * An account as callers see it. `release` and `schema_version` are those last seen on its stack, null before; `purge_after`
 * is when the grace of a deletion ends, null before that is settled.
 */
export const accountSchema = z.object({
  id: uuidSchema,
  slug: slugSchema,
  name: nameSchema,
  status: accountStatusSchema,
  residency: residencySchema,
  url: z.url(),
  release: z.string().nullable(),
  schema_version: z.int().nullable(),
  purge_after: timestampSchema.nullable(),
  created_at: timestampSchema,
  updated_at: timestampSchema,
});
export type Account = z.infer<typeof accountSchema>;

/** The body of `POST /accounts`. */
export const signupSchema = z.strictObject({
  name: nameSchema,
  slug: slugSchema,
  owner: z.strictObject({ name: nameSchema, email: emailSchema, password: passwordSchema }),
  residency: residencySchema.default(DEFAULT_RESIDENCY),
});
export type Signup = z.infer<typeof signupSchema>;
