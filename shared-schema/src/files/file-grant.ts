import * as z from 'zod';
import { uuidSchema } from '../fields/fields.ts';
import { contentTypeSchema, fileNameSchema, fileSha256Schema, fileSizeSchema } from './file-rules.ts';

/**
 * What an account Worker may say beside an answer: "let the caller have this file". It holds no key and no bucket, so
 * the platform makes the signed URL, for the account whose Worker answered and for no other. The header never leaves
 * the platform.
 */
export const FILE_GRANT_HEADER = 'x-freehold-file-grant';

export const fileFactsSchema = z.object({
  document_id: uuidSchema,
  /** Names the bytes: new for each version, and never used again. */
  version_id: uuidSchema,
  /** What a download is called; null for an upload, which needs no name. */
  name: fileNameSchema.nullable(),
  content_type: contentTypeSchema,
  size: fileSizeSchema,
  sha256: fileSha256Schema,
});
export type FileFacts = z.infer<typeof fileFactsSchema>;

/**
 * `upload` and `download` are answered with a signed URL. `confirm` says that a download was asked for of bytes that the
 * account does not know to be there: where they are, their upload was not recorded.
 */
export const fileGrantSchema = fileFactsSchema.extend({ action: z.enum(['upload', 'download', 'confirm']) });
export type FileGrant = z.infer<typeof fileGrantSchema>;

/** The grant as a header's value: names may hold any character, headers may not. */
export function encodeFileGrant(grant: FileGrant): string {
  return encodeURIComponent(JSON.stringify(grant));
}

/** The grant of an answer; null where it carries none or none that is right. */
export function readFileGrant(headers: Headers): FileGrant | null {
  const text = headers.get(FILE_GRANT_HEADER);
  return text === null ? null : (fileGrantSchema.safeParse(parse(text)).data ?? null);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(text));
  } catch {
    return null; // no grant: the answer is passed on without it
  }
}
