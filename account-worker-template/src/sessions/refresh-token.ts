import { sha256Hex } from '#shared-schema/hashing/sha256.ts';

const SECRET_BYTES = 32;
/** A session goes on for 30 days after it was last refreshed. */
export const SESSION_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;
/** For how long the token before the present one is still taken, in case the reply that carried the present one was lost. */
export const REFRESH_REUSE_GRACE_MS = 30 * 1000;

export interface RefreshToken {
  readonly sessionId: string;
  readonly text: string;
  /** All that is stored of it: SHA-256 in hex. A secret of 256 random bits needs no slow hash. */
  readonly hash: string;
}

/** A new token: `<session id>.<32 random bytes in base64url>`. */
export async function newRefreshToken(sessionId: string): Promise<RefreshToken> {
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const text = `${sessionId}.${toBase64Url(secret)}`;
  return { sessionId, text, hash: await sha256Hex(text) };
}

/** The token that a caller sent, or null where it does not even look like one. */
export async function parseRefreshToken(text: string): Promise<RefreshToken | null> {
  const sessionId = /^([0-9a-f-]{36})\.[\w-]{43}$/.exec(text)?.[1];
  return sessionId === undefined ? null : { sessionId, text, hash: await sha256Hex(text) };
}

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
