import { LANE_PLANS, SLOTS, slotOf } from '#provisioner/api-budget/budget-plan.ts';

/**
 * The share that was used of what the budget allowed to the fleet, slot by slot, between the first and the last slot with a
 * call: those are not whole. Times in milliseconds since the Unix epoch.
 */
export function budgetShare(calledAt: readonly number[]): number {
  const { ceiling, perSlot } = LANE_PLANS.fleet;
  const slots = calledAt.map(slotOf);
  const [first, last] = [Math.min(...slots), Math.max(...slots)];
  const usedFrom = (from: number, to: number) => slots.filter((slot) => slot >= from && slot < to).length;
  let allowed = 0;
  for (let slot = first + 1; slot < last; slot += 1) {
    allowed += Math.min(perSlot, Math.max(0, ceiling - usedFrom(slot - SLOTS + 1, slot)));
  }
  return usedFrom(first + 1, last) / allowed;
}
