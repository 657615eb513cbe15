import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { methodNotAllowed, PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { FileClaims } from '#shared-schema/tokens/claims.ts';
import type { Platform } from '../platform.ts';
import type { AccountRoute } from '../routing/route-resolver.ts';
import { downloadFile } from './download-file.ts';
import { limitFiles } from './limit-files.ts';
import { uploadFile } from './upload-file.ts';

/** Below it lie an account's files, each at its own token. */
export const FILE_PATH = '/files/';

const METHODS: Readonly<Record<FileClaims['method'], readonly string[]>> = {
  PUT: ['PUT'],
  GET: ['GET', 'HEAD'],
};

/** What is wrong with a token, in the words of an address. A good token of another account looks as it does elsewhere. */
const REFUSALS: Partial<Record<ErrorCode, ErrorCode>> = {
  TOKEN_EXPIRED: 'FILE_URL_EXPIRED',
  TOKEN_INVALID: 'FILE_URL_INVALID',
};

/**
 * The file gateway: `/files/<token>`. The token alone opens it, for one method on the bytes of one version.
 *
 * Errors: `RATE_LIMITED`, `FILE_URL_EXPIRED`, `FILE_URL_INVALID`, `ACCOUNT_NOT_FOUND` (another account's), `METHOD_NOT_ALLOWED`, and those
 * of the upload or the download.
 */
export async function serveFile(
  platform: Platform,
  route: AccountRoute,
  incoming: { readonly request: Request; readonly requestId: string; readonly token: string },
): Promise<Response> {
  await limitFiles(platform, route.accountId, incoming.request);
  const claims = await verify(platform, route, incoming.token);
  const methods = METHODS[claims.method];
  if (!methods.includes(incoming.request.method)) throw methodNotAllowed(methods);
  const serve = claims.method === 'PUT' ? uploadFile : downloadFile;
  return serve(platform, route, claims, incoming);
}

async function verify(platform: Platform, route: AccountRoute, token: string): Promise<FileClaims> {
  let claims: FileClaims;
  try {
    claims = await platform.fileVerifier.verifyFileToken(token, route.stackId);
  } catch (cause) {
    const { code } = asPlatformError(cause);
    throw new PlatformError(REFUSALS[code] ?? code, { cause });
  }
  if (claims.account_id !== route.accountId) throw new PlatformError('ACCOUNT_NOT_FOUND');
  return claims;
}
