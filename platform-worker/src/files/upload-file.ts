import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { FileClaims } from '#shared-schema/tokens/claims.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { fileBucket, fileKey } from './file-store.ts';
import { putFile } from './put-file.ts';

/**
 * `PUT` of a file: 200 with the version, now `stored`. Safe to repeat with the same bytes: a lost reply, or a failure
 * between the file store and the account's database, ends well so; the sweep heals it too.
 *
 * Errors: `FILE_TYPE_MISMATCH`, `FILE_SIZE_MISMATCH`, `FILE_CHECKSUM_MISMATCH`, `FILE_STORE_UNAVAILABLE`;
 * `RECORD_NOT_FOUND` where the document was deleted meanwhile; those of a control call.
 */
export async function uploadFile(
  platform: Platform,
  route: AccountRoute,
  claims: FileClaims,
  { request, requestId }: { readonly request: Request; readonly requestId: string },
): Promise<Response> {
  const { document_id, version_id, size, content_type } = claims;
  const sentType = request.headers.get('content-type')?.trim().toLowerCase() ?? null;
  if (sentType !== content_type) {
    throw new PlatformError('FILE_TYPE_MISMATCH', { context: { content_type } });
  }
  const announced = request.headers.get('content-length');
  if (announced !== null && Number(announced) !== size) {
    throw new PlatformError('FILE_SIZE_MISMATCH', { context: { size } });
  }
  const place = { accountId: route.accountId, documentId: document_id, versionId: version_id };
  await putFile(fileBucket(platform.env, route.residency), fileKey(place), request.body, claims);
  const version = await platform
    .controlClient(requestId)
    .storeFile({ stackId: route.stackId, workerName: route.workerName }, { document_id, version_id, size });
  return Response.json(version);
}
