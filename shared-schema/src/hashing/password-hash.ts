import { type Argon2Cost, deriveArgon2id } from './argon2.ts';

/**
 * Argon2id with 19 MiB, 2 passes and 1 lane: the first of the equal settings of OWASP's Password Storage Cheat Sheet
 * (November 2026).
 */
export const ARGON2_COST = { m: 19_456, t: 2, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The least that Argon2id takes here; every password that may be set is longer. */
const MIN_PASSWORD_BYTES = 8;

/** `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`: the PHC string format, salt and hash in base64 without padding. */
const PHC_STRING = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

/** A hash that carries how it was made, as a PHC string. Another salt and so another hash each time. */
export async function hashPassword(password: string, cost: Argon2Cost = ARGON2_COST): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = await deriveArgon2id(bytesOf(password), salt, cost, HASH_BYTES);
  return `$argon2id$v=19$m=${cost.m},t=${cost.t},p=${cost.p}$${toBase64(salt)}$${toBase64(hash)}`;
}

/**
 * Whether the password is the one that was hashed. Without a hash the same work is done and the answer is false, so
 * that the time taken does not tell whether a user exists.
 */
export async function verifyPassword(password: string, passwordHash: string | null): Promise<boolean> {
  const [, m, t, p, salt, hash] = PHC_STRING.exec(passwordHash ?? '') ?? [];
  const bytes = bytesOf(password);
  if (salt === undefined || hash === undefined || bytes.length < MIN_PASSWORD_BYTES) {
    await deriveArgon2id(new Uint8Array(HASH_BYTES), new Uint8Array(SALT_BYTES), ARGON2_COST, HASH_BYTES);
    return false;
  }
  const cost = { m: Number(m), t: Number(t), p: Number(p) };
  return equalInConstantTime(
    await deriveArgon2id(bytes, fromBase64(salt), cost, HASH_BYTES),
    fromBase64(hash),
  );
}

/** One letter may be written in two ways, of which a keyboard chooses one: they are the same password. */
function bytesOf(password: string): Uint8Array {
  return new TextEncoder().encode(password.normalize('NFKC'));
}

function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [position, byte] of a.entries()) difference |= byte ^ (b[position] ?? 0);
  return difference === 0;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
