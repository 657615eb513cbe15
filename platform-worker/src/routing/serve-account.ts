import { methodNotAllowed, PlatformError } from '#shared-schema/errors/platform-error.ts';
import { FILE_ARCHIVE_HEADER } from '#shared-schema/files/file-archive.ts';
import { FILE_GRANT_HEADER } from '#shared-schema/files/file-grant.ts';
import { OPENAPI_PATH, REFERENCE_PATH } from '#shared-schema/openapi/document-answers.ts';
import type { AccessClaims } from '#shared-schema/tokens/claims.ts';
import { bearerToken } from '#shared-schema/tokens/token-verifier.ts';
import { completeGrant } from '../files/complete-grant.ts';
import { serveArchive } from '../files/serve-archive.ts';
import { FILE_PATH, serveFile } from '../files/serve-file.ts';
import { acceptInvitation, inviteUser } from '../identity/invitations.ts';
import { changePassword, completePasswordReset, requestPasswordReset } from '../identity/passwords.ts';
import { logIn, logInExternally, refreshSession } from '../identity/sessions.ts';
import type { Platform } from '../platform.ts';
import { isControlPath, plainPath } from './account-request.ts';
import { type AccountRequest, dispatchDocument, dispatchRequest } from './dispatch-request.ts';
import type { AccountRoute } from './route-resolver.ts';

interface OpenRoute {
  readonly post: (platform: Platform, route: AccountRoute, incoming: AccountRequest) => Promise<Response>;
  /** Methods at the same address that need a token, as all else does. */
  readonly others?: readonly string[];
}

/** What an account answers without a token, each by POST: the platform answers it, for only the platform mints tokens. */
export const OPEN_ROUTES: Readonly<Record<string, OpenRoute>> = {
  '/sessions': { post: logIn, others: ['DELETE'] },
  '/sessions/external': { post: logInExternally },
  '/sessions/refresh': { post: refreshSession },
  '/invitations/accept': { post: acceptInvitation },
  '/password-resets': { post: requestPasswordReset },
  '/password-resets/complete': { post: completePasswordReset },
};

type UserRoute = (
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
  claims: AccessClaims,
) => Promise<Response>;

/** What the platform has a part in although the account Worker decides: a mail to send, attempts to count. */
const USER_ROUTES: Readonly<Record<string, UserRoute>> = {
  'POST /invitations': inviteUser,
  'POST /me/password': changePassword,
};

/** What an account's own Worker answers without a token, by GET: the description of itself. */
const DOCUMENT_PATHS: ReadonlySet<string> = new Set([OPENAPI_PATH, REFERENCE_PATH]);

/**
 * Serves one request of an account: finds its stack, checks the token, and hands it to the account's own Worker. Only
 * the open routes, files, whose address is their token, and the account's document need none. A bad token never wakes an
 * account Worker, and nothing that a caller without one sent reaches it but what the platform read of it.
 *
 * Errors: those of the route and of the token; `NOT_FOUND` for control calls; `ACCOUNT_UNAVAILABLE` where the account
 * Worker throws or is not there.
 */
export async function serveAccount(platform: Platform, incoming: AccountRequest): Promise<Response> {
  const { request, address, requestId } = incoming;
  const { routes } = platform;
  const route = routes.kept(address.name, incoming.keepAlive) ?? (await routes.resolve(address.name));
  if (isControlPath(address.path)) throw new PlatformError('NOT_FOUND');
  if (DOCUMENT_PATHS.has(address.path)) {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD']);
    return dispatchDocument(platform, route, incoming);
  }
  const path = plainPath(address.path);
  const open = Object.hasOwn(OPEN_ROUTES, path) ? OPEN_ROUTES[path] : undefined;
  if (open) {
    if (request.method === 'POST') return open.post(platform, route, incoming);
    if (!open.others?.includes(request.method)) throw methodNotAllowed(['POST', ...(open.others ?? [])]);
  }
  if (address.path.startsWith(FILE_PATH)) {
    return serveFile(platform, route, { request, requestId, token: address.path.slice(FILE_PATH.length) });
  }
  const claims = await platform.verifier.verifyAccessToken(bearerToken(request.headers), route.stackId);
  const own = USER_ROUTES[`${request.method} ${path}`];
  if (own) return own(platform, route, incoming, claims);
  const answer = await dispatchRequest(platform, route, incoming);
  if (answer.headers.has(FILE_ARCHIVE_HEADER)) {
    const { keepAlive } = incoming;
    return serveArchive(platform, route, { method: request.method, requestId, keepAlive }, answer);
  }
  if (!answer.headers.has(FILE_GRANT_HEADER)) return answer;
  const askAgain = () => dispatchRequest(platform, route, incoming);
  const asked = { method: request.method, requestId, accountUrl: address.url, askAgain };
  return completeGrant(platform, route, asked, answer);
}
