import * as z from 'zod';
import { uuidSchema } from '../fields/fields.ts';
import { documentVersionSchema } from './file-calls.ts';

/**
 * What an account Worker may say beside an answer: "make this one archive, with its files". The value is what the
 * archive is called. The body is two lines of JSON: the plan, and the document that goes into the archive as it is. So
 * the platform reads the plan alone, and passes on the rest. The header never leaves the platform.
 */
export const FILE_ARCHIVE_HEADER = 'x-freehold-file-archive';

/**
 * The most files of one archive: 9,000. Each is one read of R2, and a Worker's request may make 10,000 subrequests
 * (developers.cloudflare.com/workers/platform/limits, Workers Paid, November 2026).
 */
export const MAX_ARCHIVED_FILES = 9_000;

/** The longest plan, in bytes: 2 KiB a file, of which a long name takes most. */
export const MAX_ARCHIVE_PLAN_BYTES = MAX_ARCHIVED_FILES * 2048;

/** A version whose bytes belong into the archive. What is `pending` may have come and not have been recorded. */
export const archivedFileSchema = documentVersionSchema
  .pick({ document_id: true, version_number: true, size: true, sha256: true, status: true })
  .extend({ version_id: uuidSchema, name: z.string() });
export type ArchivedFile = z.infer<typeof archivedFileSchema>;

/** The first line. */
export const archivePlanSchema = z.object({ files: z.array(archivedFileSchema).max(MAX_ARCHIVED_FILES) });
export type ArchivePlan = z.infer<typeof archivePlanSchema>;
