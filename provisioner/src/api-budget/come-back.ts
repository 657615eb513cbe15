import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import { LANE_PLANS, SLOT_MS, SLOTS, slotOf } from './budget-plan.ts';

/** The longest that somebody without a token is told to wait: 15 minutes. Then they ask again and keep their turn. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** Those who come back in the same slot come this far apart, from its beginning on: who is late still finds it open. */
const SPREAD_MS = 100;

export interface SlotUse {
  readonly slot: number;
  /** Calls of all lanes. */
  readonly calls: number;
  /** Those of the lane. */
  readonly own: number;
}

export interface Refusal {
  readonly now: number;
  readonly lane: ApiLane;
  readonly slots: readonly SlotUse[];
  /** How many of the lane wait for longer. */
  readonly ahead: number;
  readonly blockedUntil: number;
}

/**
 * When somebody who got no token is to come back: as soon as enough calls have stopped counting for them and for all
 * ahead of them in their lane, if no higher lane takes those tokens first. Milliseconds since the Unix epoch.
 */
export function comeBackAt({ now, lane, slots, ahead, blockedUntil }: Refusal): number {
  const { ceiling, perSlot } = LANE_PLANS[lane];
  const first = Math.max(slotOf(now) + 1, slotOf(blockedUntil));
  const counted = (slot: number) =>
    slots.reduce((sum, use) => sum + (use.slot > slot - SLOTS ? use.calls : 0), 0);
  let free = first;
  while (counted(free) + (ahead % ceiling) >= ceiling) free += 1;
  const inTurn = free + Math.floor(ahead / ceiling) * SLOTS;
  // Those ahead take what is left of the present slot, so that only the others are in the slots after.
  const taken = slots.find(({ slot }) => slot === slotOf(now))?.own ?? 0;
  const place = blockedUntil > now ? ahead : Math.max(0, ahead - Math.max(0, perSlot - taken));
  const atPace = first + Math.floor(place / perSlot);
  const spread = ((place % perSlot) % (SLOT_MS / SPREAD_MS)) * SPREAD_MS;
  const at = Math.max(Math.max(inTurn, atPace) * SLOT_MS, blockedUntil) + spread;
  return Math.min(at, now + LONGEST_WAIT_MS);
}
