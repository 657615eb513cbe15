import * as z from 'zod';
import { emailSchema, nameSchema, timestampSchema, uuidSchema } from '../fields/fields.ts';

/** What an admin writes about a firm in the marketplace directory. */
export const providerInputSchema = z.strictObject({
  name: nameSchema,
  /** What the firm does, as short lower-case words: `conveyancing`, `payroll`. */
  services: z
    .array(z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'A service is one lower-case word.'))
    .max(20)
    .default([]),
  description: z.string().max(2000).default(''),
  website: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  email: emailSchema.nullable().default(null),
  phone: z.string().max(40).nullable().default(null),
  status: z.enum(['listed', 'hidden']).default('listed'),
});
export type ProviderInput = z.infer<typeof providerInputSchema>;

/** An entry of the marketplace directory. */
export const providerSchema = providerInputSchema.extend({
  id: uuidSchema,
  version: z.int(),
  created_at: timestampSchema,
  updated_at: timestampSchema,
});
export type Provider = z.infer<typeof providerSchema>;
