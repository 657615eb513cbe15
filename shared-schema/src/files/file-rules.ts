import * as z from 'zod';
import { nameSchema } from '../fields/fields.ts';

/**
 * The largest file, in bytes: 100 MB. Cloudflare refuses larger request bodies on its Free and Pro plans before a Worker
 * sees them (developers.cloudflare.com/workers/platform/limits, November 2026); R2 itself would take 5 GB in one put.
 */
export const MAX_FILE_BYTES = 100 * 1000 * 1000;

/** How long an upload may be begun after it was asked for: 15 minutes. */
export const UPLOAD_URL_LIFETIME_SECONDS = 15 * 60;
/** How long a download may be begun after it was asked for: 5 minutes. */
export const DOWNLOAD_URL_LIFETIME_SECONDS = 5 * 60;

/**
 * What a browser or a desktop would run rather than show. Every file is served as an attachment that is not sniffed, so
 * this is the second line: such a file is no document.
 */
const ACTIVE_CONTENT_TYPES = new Set([
  'application/java-archive',
  'application/javascript',
  'application/vnd.microsoft.portable-executable',
  'application/x-httpd-php',
  'application/x-msdos-program',
  'application/x-msdownload',
  'application/x-sh',
  'application/x-shockwave-flash',
  'application/xhtml+xml',
  'image/svg+xml',
  'text/html',
  'text/javascript',
]);

/** RFC 6838 §4.2: a type and a subtype of restricted characters. Parameters are not taken. */
const CONTENT_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}$/;

/** A content type as it is stored and served: lower case, without parameters, and nothing that runs. */
export const contentTypeSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(CONTENT_TYPE, 'A content type is a type and a subtype without parameters: application/pdf.')
  .refine((type) => !ACTIVE_CONTENT_TYPES.has(type), 'Files of this type are not taken: they run.');

export const fileSizeSchema = z
  .int('A size is a whole number of bytes.')
  .nonnegative('A size is not negative.')
  .max(MAX_FILE_BYTES, `A file has at most ${MAX_FILE_BYTES} bytes.`);

export const fileSha256Schema = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, 'Send the SHA-256 of the bytes in 64 hexadecimal digits.');

/** A document's name as people read it. What it becomes in a header or on a disk is decided where it is served. */
export const fileNameSchema = nameSchema.regex(/^\P{Cc}*$/u, 'A name has no control characters.');
