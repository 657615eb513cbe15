const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5 * 60_000;

/** A retryable failure is tried again until the operation is this old: 24 hours. */
export const RETRY_FOR_MS = 24 * 60 * 60_000;

/**
 * How long to wait after the given attempt (1, 2, …) failed, in milliseconds: twice as long each time from 0.5 s up to 5
 * minutes, between half and all of it as `random` (0 to 1) says, so that operations that failed together do not return
 * together.
 */
export function backoffMs(attempt: number, random: number): number {
  const longest = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
  return Math.round((longest * (1 + random)) / 2);
}
