import * as z from 'zod';
import { timestampSchema } from '../fields/fields.ts';

/** How large the Worker of a release is: its modules as they are, and as Cloudflare stores them. */
const workerSizeSchema = z.object({ worker_bytes: z.int(), worker_compressed_bytes: z.int() });
export type WorkerSize = z.infer<typeof workerSizeSchema>;

/** One module of a Worker as wrangler built it. `content` is its text, of WebAssembly its bytes in base64. */
export const releaseModuleSchema = z
  .strictObject({
    name: z.string().min(1),
    type: z.enum(['esm', 'text', 'wasm']),
    content: z.string(),
  })
  .refine(({ type, content }) => type !== 'wasm' || z.base64().safeParse(content).success, {
    path: ['content'],
    error: 'must be base64 where type is wasm',
  });
export type ReleaseModule = z.infer<typeof releaseModuleSchema>;

/** A migration of the release, for the platform to hand to a Worker that does not have it yet. */
export const releaseMigrationSchema = z.strictObject({
  name: z.string().regex(/^\d{4}_[a-z0-9_]+\.sql$/, 'This is not named like 0001_create_users.sql.'),
  sql: z.string().min(1),
  checksum: z.string().regex(/^[0-9a-f]{64}$/, 'This is not a SHA-256 in hex.'),
});

/** What a database consists of once the migration `after` was applied: the fingerprint of each object by `<type> <name>`. */
const releaseSchemaSchema = z.strictObject({
  after: z.string(),
  objects: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** What a release is made of: the built account Worker with its migrations inside, and how to run it. */
export const releaseBundleSchema = z.strictObject({
  main_module: z.string().min(1),
  compatibility_date: z.iso.date(),
  compatibility_flags: z.array(z.string()),
  schema_version: z.int().positive(),
  /** Those of all releases so far, in order: a release only ever adds at the end. */
  migrations: z.array(releaseMigrationSchema).min(1),
  /** What an audit compares databases with. Absent in releases from before audits did. */
  schema: releaseSchemaSchema.optional(),
  modules: z.array(releaseModuleSchema).min(1),
  /** A program for Node, one ES module: what the next release's schema must not break. See api-tests.ts. */
  api_tests: z.string().min(1),
});
export type ReleaseBundle = z.infer<typeof releaseBundleSchema>;

/** A published release. Its id is the first 16 hex digits of the SHA-256 of its bundle, so equal builds are one release. */
export const releaseSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  schema_version: z.int(),
  size_bytes: z.int(),
  created_at: timestampSchema,
  /** When it became the release that new stacks get, last. */
  current_since: timestampSchema,
});
export type Release = z.infer<typeof releaseSchema>;

/** A release as it is shown alone. */
export const releaseDetailSchema = releaseSchema.extend({
  /** Whether new stacks get it. */
  is_current: z.boolean(),
  /** Stacks whose Worker was last seen to run it, retired ones aside. */
  stacks: z.int(),
  ...workerSizeSchema.shape,
  migrations: z.array(releaseMigrationSchema.omit({ sql: true })),
});
export type ReleaseDetail = z.infer<typeof releaseDetailSchema>;
