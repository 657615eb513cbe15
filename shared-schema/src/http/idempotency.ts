import { validationFailed } from '../errors/platform-error.ts';
import { sha256Hex } from '../hashing/sha256.ts';
import { IDEMPOTENCY_KEY_HEADER } from './headers.ts';

/** How long a first answer is kept for replay: 24 hours. */
export const IDEMPOTENCY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** The request's Idempotency-Key, or null. Error: `VALIDATION_FAILED` past 255 printable ASCII characters. */
export function idempotencyKey(headers: Headers): string | null {
  const key = headers.get(IDEMPOTENCY_KEY_HEADER);
  if (key !== null && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw validationFailed({
      field: 'Idempotency-Key',
      message: 'A key has 1 to 255 printable ASCII characters.',
    });
  }
  return key;
}

/**
 * What tells one request from another under the same key: SHA-256 over method, path and body, in hex. Fields named
 * `password` or `…_password` are left out, for a fast hash of a password must not lie in a database.
 */
export async function requestFingerprint(method: string, path: string, body: unknown): Promise<string> {
  const text = JSON.stringify([method, path, body], (key, value) =>
    /(^|_)password$/.test(key) ? undefined : value,
  );
  return sha256Hex(text);
}
