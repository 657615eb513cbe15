import type { Env } from '../env.ts';
import { ApiError } from './api-error.ts';

/** Refuses with `AUTHENTICATION` a request that does not carry the API token. */
export function requireToken(request: Request, env: Env): void {
  if (request.headers.get('authorization') !== `Bearer ${env.API_TOKEN}`) {
    throw new ApiError('AUTHENTICATION', 'Authentication error');
  }
}

/** Refuses with `FOREIGN_ACCOUNT` a request for any other account. */
export function requireAccount(request: Request, env: Env): void {
  const account = /^\/client\/v4\/accounts\/([^/]+)/.exec(new URL(request.url).pathname)?.[1];
  if (account !== undefined && account !== env.ACCOUNT_ID) {
    throw new ApiError('FOREIGN_ACCOUNT', 'Authentication error');
  }
}
