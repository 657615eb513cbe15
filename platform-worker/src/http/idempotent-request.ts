import { idempotencyKey, requestFingerprint } from '#shared-schema/http/idempotency.ts';
import type { IdempotentRequest } from './idempotency-store.ts';

/**
 * What tells a request that is sent again: its key behind method and path, so that one key on two routes is two keys, and the
 * fingerprint of what it says. Error: that of {@link idempotencyKey}.
 */
export async function idempotentRequest(
  { method, url, headers }: Request,
  input: unknown,
  now: number,
): Promise<IdempotentRequest> {
  const { pathname } = new URL(url);
  const key = idempotencyKey(headers);
  const fingerprint = await requestFingerprint(method, pathname, input);
  return { key: key && `${method} ${pathname} ${key}`, fingerprint, now };
}
