import { v7 as uuidv7 } from 'uuid';
import { ACCOUNT_URL_HEADER, REQUEST_ID_HEADER } from '#shared-schema/http/headers.ts';
import type { AccessClaims } from '#shared-schema/tokens/claims.ts';
import type { Env } from '../env.ts';

/** One request and what belongs to it: nothing of it outlives the answer. */
export interface Call {
  readonly request: Request;
  readonly env: Env;
  readonly url: URL;
  readonly requestId: string;
  /** When the request came, in milliseconds since the Unix epoch: one time for everything it writes. */
  readonly now: number;
  /** Where the account is reached from outside, without a slash at the end. */
  readonly accountUrl: string;
}

/** Who asks, as their access token says; the database is asked in each batch whether it still holds. */
export interface Actor {
  readonly userId: string;
  readonly sessionId: string;
  readonly accountId: string;
  readonly role: AccessClaims['role'];
}

export interface UserCall extends Call {
  readonly actor: Actor;
}

/** Reads what the platform's Worker says about the request; both headers only label and point, they grant nothing. */
export function beginCall(request: Request, env: Env, now: number): Call {
  const url = new URL(request.url);
  const requestId = request.headers.get(REQUEST_ID_HEADER) ?? '';
  return {
    request,
    env,
    url,
    now,
    requestId: /^[\w-]{1,64}$/.test(requestId) ? requestId : uuidv7(),
    accountUrl: request.headers.get(ACCOUNT_URL_HEADER) ?? url.origin,
  };
}
