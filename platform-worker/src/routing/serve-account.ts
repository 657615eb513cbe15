import { methodNotAllowed, PlatformError } from '#shared-schema/errors/platform-error.ts';
import { OPENAPI_PATH, REFERENCE_PATH } from '#shared-schema/openapi/document-answers.ts';
import { bearerToken } from '#shared-schema/tokens/token-verifier.ts';
import { logIn, refreshSession } from '../identity/sessions.ts';
import type { Platform } from '../platform.ts';
import { type AccountAddress, accountUrl } from './account-address.ts';
import { accountRequest, documentRequest, isControlPath } from './account-request.ts';
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

/** What an account's own Worker answers without a token, by GET: the description of itself. */
const DOCUMENT_PATHS: ReadonlySet<string> = new Set([OPENAPI_PATH, REFERENCE_PATH]);

/**
 * Serves one request of an account: finds its stack, checks the token, and hands it to the account's own Worker. Only
 * logging in, refreshing and the account's document need no token. A bad token never wakes an account Worker, and
 * nothing that a caller without one sent reaches it.
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
  if (DOCUMENT_PATHS.has(address.path))
    return dispatch(platform, route, openDocument(platform, route, incoming));
  await platform.verifier.verifyAccessToken(bearerToken(request.headers), route.stackId);
  return dispatch(platform, route, forwarded(route, incoming));
}

function forwarded(route: AccountRoute, incoming: AccountRequest): Request {
  return accountRequest(incoming.request, incoming.url, factsOf(route, incoming));
}

/** Error: `METHOD_NOT_ALLOWED`. */
function openDocument(platform: Platform, route: AccountRoute, incoming: AccountRequest): Request {
  const { method } = incoming.request;
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD']);
  const urls = (['host', 'path'] as const).map((form) =>
    accountUrl(route.slug, { ...platform.accountUrls, form }),
  );
  const otherUrl = urls.find((url) => url !== incoming.address.url) ?? incoming.address.url;
  return documentRequest(method, { ...factsOf(route, incoming), otherUrl });
}

function factsOf(route: AccountRoute, { address, requestId }: AccountRequest) {
  return { path: address.path, requestId, accountUrl: address.url, workerName: route.workerName };
}

async function dispatch(platform: Platform, route: AccountRoute, request: Request): Promise<Response> {
  try {
    return await platform.env.DISPATCHER.get(route.workerName).fetch(request);
  } catch (cause) {
    throw new PlatformError('ACCOUNT_UNAVAILABLE', { cause });
  }
}
