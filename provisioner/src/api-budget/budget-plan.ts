import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import { API_CALL_TIMEOUT_MS } from '../cloudflare/api-call-timeout.ts';

/**
 * Cloudflare's quota: calls in five minutes, a user's or account token's, the dashboard's and wrangler's included; past
 * it every call is refused for five minutes (developers.cloudflare.com/fundamentals/api/reference/limits, November 2026).
 */
export const CLOUDFLARE_QUOTA_CALLS = 1_200;
export const CLOUDFLARE_WINDOW_MS = 5 * 60_000;

/** Calls that the platform never makes: they are for the people who share the quota by dashboard and wrangler. */
export const ADMIN_CALLS = 100;

/** How far the clocks of any two drivers may differ: 5 seconds. */
export const CLOCK_DIFFERENCE_MS = 5_000;

/** Calls are counted by the slot in which their token was taken. A slot is 5 seconds long. */
export const SLOT_MS = 5_000;

/**
 * For how many slots a call counts. Two calls that reach Cloudflare within its window took their tokens at most the
 * window, the longest call and the difference of clocks apart, which spans this many slots however they are aligned.
 */
export const SLOTS = (CLOUDFLARE_WINDOW_MS + API_CALL_TIMEOUT_MS + CLOCK_DIFFERENCE_MS) / SLOT_MS + 1;

export interface LanePlan {
  /** The lane takes a token only while fewer calls than this count, those of all lanes together. */
  readonly ceiling: number;
  /** And only while it took fewer than this in the present slot. */
  readonly perSlot: number;
}

const OURS = CLOUDFLARE_QUOTA_CALLS - ADMIN_CALLS;
/** 150 cold signups, two calls each, find their tokens at once whatever the other lanes did before. */
const KEPT_FOR_SIGNUPS = 300;
/** And so do 100 calls of repairs, whatever the fleet did. */
const KEPT_FOR_REPAIRS = 100;
const FLEET_CEILING = OURS - KEPT_FOR_SIGNUPS - KEPT_FOR_REPAIRS;

/**
 * The fleet spreads its share evenly over the slots: then tokens come back in every slot, and signups that used up what
 * is kept for them take those. It would otherwise spend its share at once and leave five minutes with nothing. Its pace is
 * a little above what its ceiling comes to in the long run: so it makes up for what somebody who was late did not take.
 */
export const LANE_PLANS: Readonly<Record<ApiLane, LanePlan>> = {
  signup: { ceiling: OURS, perSlot: OURS },
  repair: { ceiling: OURS - KEPT_FOR_SIGNUPS, perSlot: OURS },
  fleet: { ceiling: FLEET_CEILING, perSlot: Math.ceil(FLEET_CEILING / (CLOUDFLARE_WINDOW_MS / SLOT_MS)) },
};

/** How long so many calls of a lane take at the least, in whole slots, where nobody else calls. Milliseconds. */
export function leastTimeOf(lane: ApiLane, calls: number): number {
  if (calls <= 0) return 0;
  const { ceiling, perSlot } = LANE_PLANS[lane];
  const before = Math.floor((calls - 1) / ceiling);
  return (before * SLOTS + Math.ceil((calls - before * ceiling) / perSlot)) * SLOT_MS;
}

/** The slot of a time in milliseconds since the Unix epoch. */
export function slotOf(at: number): number {
  return Math.floor(at / SLOT_MS);
}
