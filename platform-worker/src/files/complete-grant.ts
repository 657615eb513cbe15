import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { FILE_GRANT_HEADER, type FileGrant, readFileGrant } from '#shared-schema/files/file-grant.ts';
import { answerJson } from '#shared-schema/http/answer-json.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { fileBucket, fileKey } from './file-store.ts';
import { FILE_PATH } from './serve-file.ts';

export interface GrantRequest {
  readonly method: string;
  readonly requestId: string;
  /** Where the account is reached, without a slash at the end: the signed URL is of the same form. */
  readonly accountUrl: string;
  /** Asks the account Worker the same again. */
  readonly askAgain: () => Promise<Response>;
}

const answerSchema = z.looseObject({ upload: z.looseObject({}).optional() });

/**
 * Adds the signed URL to an answer in which an account Worker grants a file, and takes the grant away. Stack and account
 * are those of the route: whatever an account Worker says, the URL opens nothing of another's.
 *
 * An upload whose end was not recorded is found here too: the bytes lie in the store only where they passed every check.
 */
export async function completeGrant(
  platform: Platform,
  route: AccountRoute,
  asked: GrantRequest,
  answer: Response,
): Promise<Response> {
  const grant = readFileGrant(answer.headers);
  if (!grant) throw new PlatformError('STACK_UNHEALTHY', { context: { header: FILE_GRANT_HEADER } });
  if (asked.method === 'HEAD') return withoutGrant(answer, answer.body);
  if (grant.action !== 'confirm') return withUrl(platform, route, asked, answer, grant);
  if (!(await storeIfThere(platform, route, grant, asked.requestId)))
    return withoutGrant(answer, answer.body);
  await answer.body?.cancel();
  const again = await asked.askAgain();
  const granted = readFileGrant(again.headers);
  return granted?.action === 'download'
    ? withUrl(platform, route, asked, again, granted)
    : withoutGrant(again, again.body);
}

async function withUrl(
  { minter }: Platform,
  route: AccountRoute,
  { accountUrl }: GrantRequest,
  answer: Response,
  { action, ...file }: FileGrant,
): Promise<Response> {
  const body = answerSchema.parse(await answerJson(answer));
  const method = action === 'upload' ? 'PUT' : 'GET';
  const { token, expiresAt } = await minter.fileToken(route.stackId, route.accountId, method, file);
  const signed = { url: `${accountUrl}${FILE_PATH}${token}`, method, expires_at: expiresAt };
  const completed =
    action === 'upload'
      ? { ...body, upload: { ...body.upload, ...signed, headers: { 'content-type': file.content_type } } }
      : { ...body, ...signed };
  return withoutGrant(answer, JSON.stringify(completed));
}

async function storeIfThere(
  platform: Platform,
  route: AccountRoute,
  { document_id, version_id, size }: FileGrant,
  requestId: string,
): Promise<boolean> {
  const place = { accountId: route.accountId, documentId: document_id, versionId: version_id };
  const object = await fileBucket(platform.env, route.residency).head(fileKey(place));
  if (object?.size !== size) return false;
  const target = { stackId: route.stackId, workerName: route.workerName };
  await platform.controlClient(requestId).storeFile(target, { document_id, version_id, size });
  return true;
}

function withoutGrant(answer: Response, body: BodyInit | null): Response {
  const passed = new Response(body, answer);
  passed.headers.delete(FILE_GRANT_HEADER);
  passed.headers.delete('content-length');
  return passed;
}
