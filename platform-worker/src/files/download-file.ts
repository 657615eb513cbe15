import { errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { FileClaims } from '#shared-schema/tokens/claims.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { type ByteRange, byteRange } from './byte-range.ts';
import { contentDisposition } from './content-disposition.ts';
import { fileBucket, fileKey } from './file-store.ts';

/** Nothing that a file holds may run, load or be shown inside a page, whatever a browser makes of it. */
const FILE_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/**
 * `GET` and `HEAD` of a file: 200, or 206 with the one range that was asked for. Nothing is read but the object: what
 * the file is called and how large it is, the token says.
 *
 * Errors: `RANGE_NOT_SATISFIABLE`; `RECORD_NOT_FOUND` where the bytes are gone; `FILE_STORE_UNAVAILABLE`.
 */
export async function downloadFile(
  platform: Platform,
  route: AccountRoute,
  claims: FileClaims,
  { request, requestId }: { readonly request: Request; readonly requestId: string },
): Promise<Response> {
  const { size, document_id, version_id } = claims;
  const etag = `"${claims.sha256}"`;
  const ifRange = request.headers.get('if-range');
  const wanted = ifRange === null || ifRange === etag ? request.headers.get('range') : null;
  const range = byteRange(wanted, size);
  if (range === 'unsatisfiable') return rangeRefused(size, requestId);
  const bucket = fileBucket(platform.env, route.residency);
  const key = fileKey({ accountId: route.accountId, documentId: document_id, versionId: version_id });
  const body = await readBytes(bucket, key, request.method === 'HEAD' ? 'nothing' : range);
  const headers = new Headers({
    'content-type': claims.content_type,
    'content-length': String(range?.length ?? size),
    'content-disposition': contentDisposition(claims.name),
    'content-security-policy': FILE_CONTENT_POLICY,
    'accept-ranges': 'bytes',
    etag,
  });
  if (range) headers.set('content-range', contentRange(range, size));
  return new Response(body, { status: range ? 206 : 200, headers });
}

async function readBytes(
  bucket: R2Bucket,
  key: string,
  range: ByteRange | 'nothing' | null,
): Promise<ReadableStream | null> {
  let object: R2Object | R2ObjectBody | null;
  try {
    object = await (range === 'nothing' ? bucket.head(key) : bucket.get(key, range ? { range } : {}));
  } catch (cause) {
    throw new PlatformError('FILE_STORE_UNAVAILABLE', { cause, retryAfterMs: 1000 });
  }
  if (object === null) throw new PlatformError('RECORD_NOT_FOUND');
  return range === 'nothing' ? null : (object as R2ObjectBody).body; // get() was called, with no condition
}

function contentRange({ offset, length }: ByteRange, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`;
}

function rangeRefused(size: number, requestId: string): Response {
  const refused = errorResponse(new PlatformError('RANGE_NOT_SATISFIABLE', { context: { size } }), requestId);
  refused.headers.set('content-range', `bytes */${size}`);
  return refused;
}
