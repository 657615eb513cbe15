import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ArchivedFile, ArchivePlan } from '#shared-schema/files/file-archive.ts';
import { safeFileName } from './content-disposition.ts';
import { fileKey } from './file-store.ts';

/** What the archive says of one file; `missing`: its bytes are gone, `pending`: they never came. */
export interface ManifestEntry extends ArchivedFile {
  /** Where it lies in the archive; null where it does not. */
  readonly path: string | null;
  readonly archived: 'included' | 'missing' | 'pending';
}

export interface ArchiveEntry {
  readonly name: string;
  readonly input: AsyncIterable<Uint8Array> | string;
  readonly lastModified: number;
}

export interface ArchiveOptions {
  readonly bucket: Pick<R2Bucket, 'get'>;
  /** Of the account's prefix alone is anything read, whatever the plan says. */
  readonly accountId: string;
  readonly plan: ArchivePlan;
  /** The records, as they come. */
  readonly document: AsyncIterable<Uint8Array>;
  readonly now: number;
}

/**
 * The entries of an archive, each made when the one before has been read: `client.json`, the files, and at the end
 * `manifest.json`, which says of every file whether it is there. Of a file only a few chunks are in memory.
 *
 * Error: `FILE_STORE_UNAVAILABLE`, also where a file breaks off: then the archive has no end either.
 */
export async function* archiveEntries(options: ArchiveOptions): AsyncGenerator<ArchiveEntry> {
  const { bucket, accountId, plan, document, now: lastModified } = options;
  yield { name: 'client.json', input: document, lastModified };
  const files: ManifestEntry[] = [];
  for (const file of plan.files) {
    const bytes = await readFile(bucket, accountId, file);
    const path = bytes === null ? null : archivePath(file);
    if (bytes !== null && path !== null) yield { name: path, input: bytes, lastModified };
    files.push({ ...file, path, archived: path !== null ? 'included' : absence(file) });
  }
  yield { name: 'manifest.json', input: JSON.stringify({ files }), lastModified };
}

/** Ids and a number keep paths apart, so that the name may be whatever a person called the document. */
function archivePath({ document_id, version_number, name }: ArchivedFile): string {
  return `files/${document_id}/${version_number}/${safeFileName(name)}`;
}

function absence({ status }: ArchivedFile): 'missing' | 'pending' {
  return status === 'pending' ? 'pending' : 'missing';
}

/** The bytes, null where they are not there, or not of the size that they had when they were checked. */
async function readFile(
  bucket: ArchiveOptions['bucket'],
  accountId: string,
  { document_id, version_id, size }: ArchivedFile,
): Promise<AsyncIterable<Uint8Array> | null> {
  const key = fileKey({ accountId, documentId: document_id, versionId: version_id });
  const object = await bucket.get(key).catch((cause: unknown) => {
    throw new PlatformError('FILE_STORE_UNAVAILABLE', { cause });
  });
  if (object?.size === size) return wholeFile(object.body, size);
  await object?.body.cancel();
  return null;
}

/** A file that ends too early would be an archive that looks whole. */
async function* wholeFile(body: ReadableStream<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    yield chunk;
  }
  if (bytes !== size) throw new PlatformError('FILE_STORE_UNAVAILABLE', { context: { size, bytes } });
}
