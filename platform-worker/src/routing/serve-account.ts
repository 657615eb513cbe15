import { methodNotAllowed, PlatformError } from '#shared-schema/errors/platform-error.ts';
import { FILE_GRANT_HEADER } from '#shared-schema/files/file-grant.ts';
import { bearerToken } from '#shared-schema/tokens/token-verifier.ts';
import { completeGrant } from '../files/complete-grant.ts';
import { FILE_PATH, serveFile } from '../files/serve-file.ts';
import { logIn, refreshSession } from '../identity/sessions.ts';
import type { Platform } from '../platform.ts';
import type { AccountAddress } from './account-address.ts';
import { accountRequest, isControlPath } from './account-request.ts';
import type { AccountRoute } from './route-resolver.ts';

export interface AccountRequest {
  readonly request: Request;
  readonly url: URL;
  readonly address: AccountAddress;
  readonly requestId: string;
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/** What an account answers without a token, each by POST: the platform answers it, for only the platform mints tokens. */
const OPEN_ROUTES: Readonly<Record<string, typeof logIn>> = {
  '/sessions': logIn,
  '/sessions/refresh': refreshSession,
};

/**
 * Serves one request of an account: finds its stack, checks the token, and hands it to the account's own Worker. Only
 * logging in, refreshing and files, whose address is their token, need none. A bad token never wakes an account Worker.
 *
 * Errors: those of the route and of the token; `NOT_FOUND` for control calls; `ACCOUNT_UNAVAILABLE` where the account
 * Worker throws or is not there.
 */
export async function serveAccount(platform: Platform, incoming: AccountRequest): Promise<Response> {
  const { request, address, requestId } = incoming;
  const route =
    platform.routes.kept(address.slug) ?? (await platform.routes.resolve(address.slug, incoming.keepAlive));
  if (isControlPath(address.path)) throw new PlatformError('NOT_FOUND');
  const openToAll = OPEN_ROUTES[address.path];
  if (openToAll) {
    if (request.method !== 'POST') throw methodNotAllowed(['POST']);
    return openToAll(platform, route, request, requestId);
  }
  if (address.path.startsWith(FILE_PATH)) {
    return serveFile(platform, route, { request, requestId, token: address.path.slice(FILE_PATH.length) });
  }
  await platform.verifier.verifyAccessToken(bearerToken(request.headers), route.stackId);
  const answer = await dispatch(platform, route, incoming);
  if (!answer.headers.has(FILE_GRANT_HEADER)) return answer;
  const askAgain = () => dispatch(platform, route, incoming);
  const asked = { method: request.method, requestId, accountUrl: address.url, askAgain };
  return completeGrant(platform, route, asked, answer);
}

async function dispatch(
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
): Promise<Response> {
  const forwarded = accountRequest(incoming.request, incoming.url, {
    path: incoming.address.path,
    requestId: incoming.requestId,
    accountUrl: incoming.address.url,
    workerName: route.workerName,
  });
  try {
    return await platform.env.DISPATCHER.get(route.workerName).fetch(forwarded);
  } catch (cause) {
    throw new PlatformError('ACCOUNT_UNAVAILABLE', { cause });
  }
}
