import { sha256Hex } from '#shared-schema/hashing/sha256.ts';

const TOKEN_BYTES = 32;

/** A secret that opens one thing once. The text goes into a mail, the hash into the account's database. */
export interface OneTimeToken {
  readonly text: string;
  readonly sha256: string;
}

/** 256 random bits in base64url: too many to guess, so their SHA-256 is as safe to store as a slow hash. */
export async function newOneTimeToken(): Promise<OneTimeToken> {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  const base64 = btoa(String.fromCharCode(...bytes));
  const text = base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  return { text, sha256: await sha256Hex(text) };
}

/** The link that carries the token behind the `#`, which no browser sends to a server and no server can log. */
export function oneTimeLink(accountUrl: string, path: string, token: OneTimeToken): string {
  return `${accountUrl}${path}#token=${token.text}`;
}
