import * as z from 'zod';

/** A name by which an operator groups accounts: 1 to 40 of `a-z 0-9 -`, a letter or digit first. */
export const accountTagSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'A tag has 1 to 40 of a-z 0-9 -, a letter or digit first.');

/** All tags of an account; setting them replaces those before. */
export const accountTagsSchema = z.strictObject({ tags: z.array(accountTagSchema).max(20) });
export type AccountTags = z.infer<typeof accountTagsSchema>;
