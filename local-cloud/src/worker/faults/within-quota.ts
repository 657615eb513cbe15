import { failureResponse } from '../api/envelope.ts';
import type { LoggedCall } from './call-log.ts';
import type { Faults } from './faults.ts';

/** The answer to a call of the API, or Cloudflare's refusal once the quota is used up. Says in headers what is left. */
export async function withinQuota(
  faults: Faults,
  entry: LoggedCall,
  answer: () => Promise<Response>,
): Promise<Response> {
  const { quota } = faults;
  if (quota === undefined || entry.on !== 'api') return await answer();
  const refusedForMs = quota.take(faults.now());
  if (refusedForMs > 0) entry.faults.push('quota');
  const response = refusedForMs > 0 ? refusal(quota.options) : await answer();
  for (const [name, value] of Object.entries(quota.headers(faults.now(), refusedForMs))) {
    response.headers.set(name, value);
  }
  return response;
}

/** Status and text as seen in the wild (lablabs/cloudflare-exporter #74, lfaoro/flares #24); the code is not documented. */
function refusal({ limit, window_ms }: { limit: number; window_ms: number }): Response {
  const message = `More than ${limit} requests per ${window_ms / 1000} seconds reached. Please wait and consider throttling your request speed`;
  return failureResponse({ status: 429, code: 971, message });
}
