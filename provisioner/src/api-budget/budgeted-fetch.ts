import { retryAfterMs } from '../cloudflare/retry-after.ts';
import type { ApiBudget, ApiCaller } from './api-budget.ts';
import { CLOUDFLARE_WINDOW_MS } from './budget-plan.ts';

export type ApiFetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Sends each request only with a token of the budget, and has everybody wait where Cloudflare answers 429: as long as
 * it asks for, else the five minutes of its block.
 *
 * Errors: `API_BUDGET_EXHAUSTED`, and those of the registry and of `send`. Nothing was sent where no token was taken.
 */
export function budgetedFetch(budget: ApiBudget, caller: ApiCaller, send: ApiFetch): ApiFetch {
  return async (url, init) => {
    await budget.take(caller);
    // The time of the call began before the token was taken; a token that came too late is not used.
    init?.signal?.throwIfAborted();
    const response = await send(url, init);
    if (response.status === 429) {
      await budget.block(caller.cell, retryAfterMs(response.headers) ?? CLOUDFLARE_WINDOW_MS);
    }
    return response;
  };
}

/** Calls outside the budget: those that a person starts, which come out of the calls kept for admins. */
export const adminFetch: ApiFetch = (url, init) => fetch(url, init);
