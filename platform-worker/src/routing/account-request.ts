import { CONTROL_PREFIX } from '#shared-schema/control/control-calls.ts';
import {
  ACCOUNT_OTHER_URL_HEADER,
  ACCOUNT_URL_HEADER,
  INTERNAL_HEADER_PREFIX,
  REQUEST_ID_HEADER,
} from '#shared-schema/http/headers.ts';

export interface AccountRequestFacts {
  readonly path: string;
  readonly requestId: string;
  readonly accountUrl: string;
  readonly workerName: string;
}

/**
 * A request for an account's document, which anybody may read: nothing of what the caller sent reaches the account
 * Worker but the path.
 */
export function documentRequest(
  method: string,
  facts: AccountRequestFacts & { readonly otherUrl: string },
): Request {
  return new Request(`https://${facts.workerName}${facts.path}`, {
    method,
    headers: {
      [REQUEST_ID_HEADER]: facts.requestId,
      [ACCOUNT_URL_HEADER]: facts.accountUrl,
      [ACCOUNT_OTHER_URL_HEADER]: facts.otherUrl,
    },
  });
}

/** The request as the account Worker gets it: its own path, no header that only the platform may set. */
export function accountRequest(request: Request, url: URL, facts: AccountRequestFacts): Request {
  const headers = new Headers(request.headers);
  const internal = [...headers.keys()].filter((name) => name.startsWith(INTERNAL_HEADER_PREFIX));
  for (const name of internal) headers.delete(name);
  headers.set(REQUEST_ID_HEADER, facts.requestId);
  headers.set(ACCOUNT_URL_HEADER, facts.accountUrl);
  const { method, body } = request;
  // Not made from the request itself: that would chain its AbortSignal through the dispatch, which costs more than the rest.
  return new Request(`https://${facts.workerName}${facts.path}${url.search}`, {
    ...{ method, headers, body },
    redirect: 'manual',
  });
}

/** Whether the path is one of the control calls, which do not exist from outside, however it is written. */
export function isControlPath(path: string): boolean {
  const [first] = plainPath(path)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  return first !== undefined && `/${first}`.toLowerCase() === CONTROL_PREFIX;
}

/**
 * Undoes percent-encoding, as the account Worker's router does: what is one route there is one here. A path that cannot
 * be decoded is taken as it is, and no route of ours matches it.
 */
export function plainPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
