import { scryptAsync } from '@noble/hashes/scrypt.js';

/**
 * scrypt at N=2^14, r=8, p=5: one of the equal settings of OWASP's Password Storage Cheat Sheet (November 2026), the
 * one of which several fit at once, 16 MiB each, beside a Worker's other work in its 128 MiB.
 */
export const SCRYPT_COST = { N: 2 ** 14, r: 8, p: 5 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** A hash that carries how it was made: `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
export async function hashPassword(password: string, cost: ScryptCost = SCRYPT_COST): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = await derive(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, toBase64(salt), toBase64(hash)].join('$');
}

/**
 * Whether the password is the one that was hashed. Without a hash the same work is done and the answer is false, so
 * that the time taken does not tell whether a user exists.
 */
export async function verifyPassword(password: string, passwordHash: string | null): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = (passwordHash ?? '').split('$');
  if (scheme !== 'scrypt' || !salt || !hash) {
    await derive(password, new Uint8Array(SALT_BYTES), SCRYPT_COST);
    return false;
  }
  const derived = await derive(password, fromBase64(salt), { N: Number(N), r: Number(r), p: Number(p) });
  return equalInConstantTime(derived, fromBase64(hash));
}

function derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
  return scryptAsync(password.normalize('NFKC'), salt, { ...cost, dkLen: HASH_BYTES });
}

function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [position, byte] of a.entries()) difference |= byte ^ (b[position] ?? 0);
  return difference === 0;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
