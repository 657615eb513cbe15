import type { SigningKey, SigningKeySet } from '#shared-schema/tokens/signing-key.ts';

/**
 * How long a key verifies after it stopped signing: 1 hour. The longest token lives 15 minutes; the rest is for isolates that
 * still sign with it.
 */
export const KEEP_PREVIOUS_MS = 60 * 60 * 1000;

export interface Rotation {
  /** Becomes the next key. */
  readonly fresh: SigningKey;
  /** Whether what signed before is in other hands: then it verifies no more. */
  readonly leaked: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The keys after a rotation: the next one signs, and what signed before verifies for as long as its tokens may live. */
export function rotateKeys({ keys }: SigningKeySet, { fresh, leaked, now }: Rotation): SigningKeySet {
  const [current, next, ...previous] = keys;
  const kept = leaked ? [] : [{ ...current, since: now }, ...previous.filter((key) => isKept(key, now))];
  return { keys: [{ ...next, since: now }, { ...fresh, since: now }, ...kept] };
}

/** Whether tokens of a previous key may still be in use. */
export function isKept({ since = 0 }: SigningKey, now: number): boolean {
  return now < since + KEEP_PREVIOUS_MS;
}
