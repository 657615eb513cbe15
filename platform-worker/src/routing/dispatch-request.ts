import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Platform } from '../platform.ts';
import { type AccountAddress, accountUrl } from './account-address.ts';
import { accountRequest, documentRequest } from './account-request.ts';
import type { AccountRoute } from './route-resolver.ts';

/** A request that came for an account, by either of its addresses. */
export interface AccountRequest {
  readonly request: Request;
  readonly url: URL;
  readonly address: AccountAddress;
  readonly requestId: string;
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/**
 * Hands the request to the account's own Worker, with what only the platform may say beside it.
 *
 * Error: `ACCOUNT_UNAVAILABLE` where the account Worker throws or is not there.
 */
export async function dispatchRequest(
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
  internalHeaders: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const forwarded = accountRequest(incoming.request, incoming.url, factsOf(route, incoming));
  for (const [name, value] of Object.entries(internalHeaders)) forwarded.headers.set(name, value);
  return dispatch(platform, route, forwarded);
}

/**
 * Asks the account's own Worker for the document at the path, by a request of the platform's making.
 *
 * Error: `ACCOUNT_UNAVAILABLE`, as above.
 */
export async function dispatchDocument(
  platform: Platform,
  route: AccountRoute,
  incoming: AccountRequest,
): Promise<Response> {
  const urls = (['host', 'path'] as const).map((form) =>
    accountUrl(route.slug, { ...platform.accountUrls, form }),
  );
  const otherUrl = urls.find((url) => url !== incoming.address.url) ?? incoming.address.url;
  const facts = { ...factsOf(route, incoming), otherUrl };
  return dispatch(platform, route, documentRequest(incoming.request.method, facts));
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
