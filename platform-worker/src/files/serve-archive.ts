import { makeZip } from 'client-zip';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  type ArchivePlan,
  archivePlanSchema,
  FILE_ARCHIVE_HEADER,
  MAX_ARCHIVE_PLAN_BYTES,
} from '#shared-schema/files/file-archive.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { archiveEntries } from './archive-entries.ts';
import { contentDisposition } from './content-disposition.ts';
import { fileBucket } from './file-store.ts';
import { readLine } from './read-line.ts';

export interface ArchiveRequest {
  readonly method: string;
  readonly requestId: string;
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/**
 * Turns an answer in which an account Worker names files into one ZIP, as it is read. The account is that of the route:
 * whatever an account Worker names, the archive holds nothing of another's.
 *
 * An archive that cannot be finished breaks off without its end: the connection is cut, and no reader takes it for whole.
 *
 * Error: `STACK_UNHEALTHY` where the answer is not as it should be.
 */
export async function serveArchive(
  platform: Platform,
  route: AccountRoute,
  asked: ArchiveRequest,
  answer: Response,
): Promise<Response> {
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/zip');
  headers.set('content-disposition', contentDisposition(headers.get(FILE_ARCHIVE_HEADER)));
  headers.delete('content-length');
  headers.delete(FILE_ARCHIVE_HEADER);
  if (asked.method === 'HEAD') return new Response(null, { headers });
  const { text, rest } = await readLine(answer.body, MAX_ARCHIVE_PLAN_BYTES);
  const entries = archiveEntries({
    bucket: fileBucket(platform.env, route.residency),
    accountId: route.accountId,
    plan: parsePlan(text),
    document: rest,
    now: platform.now(),
  });
  const { readable, writable } = new IdentityTransformStream();
  asked.keepAlive(
    makeZip(entries)
      .pipeTo(writable)
      .catch((thrown: unknown) => logBroken(thrown, asked.requestId)),
  );
  return new Response(readable, { headers });
}

function parsePlan(text: string): ArchivePlan {
  let plan: unknown;
  try {
    plan = JSON.parse(text);
  } catch (cause) {
    throw new PlatformError('STACK_UNHEALTHY', { cause, context: { header: FILE_ARCHIVE_HEADER } });
  }
  const parsed = archivePlanSchema.safeParse(plan);
  if (parsed.success) return parsed.data;
  throw new PlatformError('STACK_UNHEALTHY', { context: { header: FILE_ARCHIVE_HEADER } });
}

/** The answer has begun by then, so nobody else tells of it. It may be the client who went away. */
function logBroken(thrown: unknown, requestId: string): void {
  const error = thrown instanceof Error ? thrown.stack : String(thrown);
  console.warn(JSON.stringify({ event: 'archive-broken', request_id: requestId, error }));
}
