import { parseAccept } from 'hono/utils/accept';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  type ArchivedFile,
  type ArchivePlan,
  FILE_ARCHIVE_HEADER,
  MAX_ARCHIVED_FILES,
} from '#shared-schema/files/file-archive.ts';

const FORMS = ['application/json', 'application/zip'];

/** Whether the caller wants the JSON document: it is named in `Accept`, and no archive before it. */
export function wantsJson(headers: Headers): boolean {
  const named = parseAccept(headers.get('accept') ?? '').filter(({ q }) => q > 0);
  return named.find(({ type }) => FORMS.includes(type.toLowerCase()))?.type.toLowerCase() === FORMS[0];
}

/**
 * The document and the files of which the platform makes one archive. Error: `EXPORT_TOO_LARGE` where they are more than
 * it takes.
 */
export function archiveAnswer(
  name: string,
  files: readonly ArchivedFile[],
  document: object,
  headers: Readonly<Record<string, string>>,
): Response {
  if (files.length > MAX_ARCHIVED_FILES) {
    throw new PlatformError('EXPORT_TOO_LARGE', {
      context: { files: files.length, most: MAX_ARCHIVED_FILES },
    });
  }
  const plan: ArchivePlan = { files: [...files] };
  return new Response(`${JSON.stringify(plan)}\n${JSON.stringify(document)}`, {
    headers: { ...headers, 'content-type': 'application/x-ndjson', [FILE_ARCHIVE_HEADER]: name },
  });
}
