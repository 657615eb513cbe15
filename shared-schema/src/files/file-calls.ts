import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';

/** How many objects one review asks about at most. */
export const MAX_REVIEWED_FILES = 500;

/** `PUT /_platform/files/stored`: the bytes of a version are there, whole and checked. Safe to repeat. */
export const storedFileSchema = z.strictObject({
  document_id: uuidSchema,
  version_id: uuidSchema,
  size: z.int().nonnegative(),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

/** How many files one list names at most. */
export const MAX_LISTED_FILES = 500;

/** `POST /_platform/files/list`: the files that the account's documents have, by the ids of their versions, after the given one. */
export const listFilesSchema = z.strictObject({ account_id: uuidSchema, after: uuidSchema.nullable() });
export type ListFiles = z.infer<typeof listFilesSchema>;

export const listedFilesSchema = z.object({ files: z.array(storedFileSchema).max(MAX_LISTED_FILES) });
export type ListedFiles = z.infer<typeof listedFilesSchema>;

/** A version of a document, as callers see it. */
export const documentVersionSchema = z.object({
  id: uuidSchema,
  document_id: uuidSchema,
  version_number: z.int().positive(),
  content_type: z.string(),
  size: z.int().nonnegative(),
  sha256: z.string(),
  status: z.enum(['pending', 'stored']),
  created_at: timestampSchema,
  created_by: uuidSchema,
  stored_at: timestampSchema.nullable(),
});
export type DocumentVersion = z.infer<typeof documentVersionSchema>;

/** `POST /_platform/files/review`: what lies in the account's prefix; which of it may go? */
export const reviewFilesSchema = z.strictObject({
  /** Whose prefix it is: a Worker whose database is another account's must not judge it. */
  account_id: uuidSchema,
  files: z.array(storedFileSchema.extend({ uploaded_at: timestampSchema })).max(MAX_REVIEWED_FILES),
});
export type ReviewFiles = z.infer<typeof reviewFilesSchema>;

/** The ids of the versions whose bytes nobody needs any more. */
export const reviewedFilesSchema = z.object({ remove: z.array(uuidSchema) });
export type ReviewedFiles = z.infer<typeof reviewedFilesSchema>;
