import * as z from 'zod';
import { emailSchema, nameSchema, timestampSchema, uuidSchema } from '../fields/fields.ts';

/**
 * The control calls: what the platform asks of an account Worker, with a token of scope `control`. From outside this
 * prefix does not exist.
 */
export const CONTROL_PREFIX = '/_platform';

/** `GET /_platform/health`: what this Worker is. `account_id` is null while the stack belongs to nobody. */
export const stackHealthSchema = z.object({
  stack_id: uuidSchema,
  account_id: uuidSchema.nullable(),
  release_id: z.string(),
  schema_version: z.int(),
});
export type StackHealth = z.infer<typeof stackHealthSchema>;

/** `GET /_platform/schema`: the ledger, and the fingerprint of each object by `<type> <name>`. Nothing of what is stored. */
export const stackSchemaSchema = z.object({
  ledger: z.array(z.object({ name: z.string(), checksum: z.string() })),
  objects: z.record(z.string(), z.string()),
});
export type StackSchema = z.infer<typeof stackSchemaSchema>;

/**
 * `POST /_platform/migrate`: brings the schema up to the Worker's own migrations, or to those given, which go on from its
 * own. A later release's schema is there before its code is.
 */
export const migrateSchema = z.strictObject({
  migrations: z
    .array(z.strictObject({ name: z.string(), sql: z.string() }))
    .min(1)
    .optional(),
});
export type Migrate = z.infer<typeof migrateSchema>;

/** The longest body of `POST /_platform/migrate`: 4 MiB. All migrations there have ever been. */
export const MAX_MIGRATE_BYTES = 4 * 1024 * 1024;

/**
 * Its answer: the schema as it is now, the migrations that this call applied, and the bookmark of the database as it was
 * before the first of them; null where it applied none.
 */
export const migrateResultSchema = z.object({
  schema_version: z.int(),
  applied: z.array(z.string()),
  bookmark_before: z.string().nullable().default(null),
});
export type MigrateResult = z.infer<typeof migrateResultSchema>;

/** `PUT /_platform/owner`: gives the stack to an account and makes its first user. Safe to repeat. */
export const ensureOwnerSchema = z.strictObject({
  account_id: uuidSchema,
  owner: z.strictObject({
    id: uuidSchema,
    name: nameSchema,
    email: emailSchema,
    password_hash: z.string().min(1),
  }),
});
export type EnsureOwner = z.infer<typeof ensureOwnerSchema>;

/**
 * `POST /_platform/take-over`: the database was restored, and holds what the named stack held. It becomes this stack's, where it
 * is that one's and the account's; every session in it ends, and no one-time link in it works any more. Safe to repeat. Answers
 * the stack's health.
 */
export const takeOverSchema = z.strictObject({ stack_id: uuidSchema, account_id: uuidSchema });
export type TakeOver = z.infer<typeof takeOverSchema>;

/**
 * `POST /_platform/claim-copy`: the database is a copy of what the named stack held for the named source, and becomes this stack's
 * and the account's. In the write that claims it goes what was the source's alone: sessions, links, kept answers, outstanding
 * uploads. Then the records become the account's, a slice a call: `after` is where the call before came to, null at first. Safe
 * to repeat.
 */
export const claimCopySchema = z.strictObject({
  stack_id: uuidSchema,
  source_account_id: uuidSchema,
  account_id: uuidSchema,
  after: z.string().max(100).nullable(),
});
export type ClaimCopy = z.infer<typeof claimCopySchema>;

/** Where to go on; null where all of it is the account's. */
export const claimedCopySchema = z.object({ after: z.string().nullable() });
export type ClaimedCopy = z.infer<typeof claimedCopySchema>;

/** `POST /_platform/authenticate` and the body of `POST /sessions`. */
export const credentialsSchema = z.strictObject({
  email: emailSchema,
  password: z.string().min(1, 'The password is missing.').max(200, 'The password is too long.'),
});
export type Credentials = z.infer<typeof credentialsSchema>;

/** `POST /_platform/refresh` and the body of `POST /sessions/refresh`. */
export const refreshSchema = z.strictObject({ refresh_token: z.string().min(1).max(200) });
export type Refresh = z.infer<typeof refreshSchema>;

export const roleSchema = z.enum(['owner', 'admin', 'member', 'viewer']);
export type Role = z.infer<typeof roleSchema>;

/** A session that the account Worker opened or went on with: what the platform mints the access token from. */
export const openedSessionSchema = z.object({
  session_id: uuidSchema,
  refresh_token: z.string(),
  refresh_expires_at: timestampSchema,
  user: z.looseObject({ id: uuidSchema, role: roleSchema }),
});
export type OpenedSession = z.infer<typeof openedSessionSchema>;
