import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Platform } from '../platform.ts';
import type { AccountAddress } from './account-address.ts';
import { accountRequest } from './account-request.ts';
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
  const forwarded = accountRequest(incoming.request, incoming.url, {
    path: incoming.address.path,
    requestId: incoming.requestId,
    accountUrl: incoming.address.url,
    workerName: route.workerName,
  });
  for (const [name, value] of Object.entries(internalHeaders)) forwarded.headers.set(name, value);
  try {
    return await platform.env.DISPATCHER.get(route.workerName).fetch(forwarded);
  } catch (cause) {
    throw new PlatformError('ACCOUNT_UNAVAILABLE', { cause });
  }
}
