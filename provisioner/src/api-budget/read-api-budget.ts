import * as z from 'zod';
import { type ApiBudgetReport, type ApiLane, apiLaneSchema } from '#shared-schema/api-budget/api-budget.ts';
import {
  ADMIN_CALLS,
  CLOUDFLARE_QUOTA_CALLS,
  CLOUDFLARE_WINDOW_MS,
  LANE_PLANS,
  SLOT_MS,
  SLOTS,
  slotOf,
} from './budget-plan.ts';

const slotsSchema = z.array(z.object({ slot: z.int(), signup: z.int(), repair: z.int(), fleet: z.int() }));
const waitingSchema = z.array(z.object({ lane: apiLaneSchema, waiting: z.int() }));
const blockSchema = z.array(z.object({ blocked_until: z.int() }));
type Slot = z.infer<typeof slotsSchema>[number];

/** How the API budget of a cell stands, in one read. Times in milliseconds since the Unix epoch. */
export async function readApiBudget(
  registry: D1Database,
  cell: string,
  now: number,
): Promise<ApiBudgetReport> {
  const [slotRows, waitingRows, blockRows] = await registry.batch([
    registry
      .prepare('SELECT slot, signup, repair, fleet FROM api_budget_slots WHERE cell = ? AND slot > ?')
      .bind(cell, slotOf(now) - SLOTS),
    registry
      .prepare(
        'SELECT lane, COUNT(*) AS waiting FROM api_budget_waiters WHERE cell = ? AND expires_at > ? GROUP BY lane',
      )
      .bind(cell, now),
    registry
      .prepare('SELECT blocked_until FROM api_budget WHERE cell = ? AND blocked_until > ?')
      .bind(cell, now),
  ]);
  const slots = slotsSchema.parse(slotRows?.results);
  const waiting = waitingSchema.parse(waitingRows?.results);
  const blockedUntil = blockSchema.parse(blockRows?.results)[0]?.blocked_until ?? null;
  const recent = slots.filter(({ slot }) => slot > slotOf(now) - CLOUDFLARE_WINDOW_MS / SLOT_MS);
  const lanes = apiLaneSchema.options.map((lane) => ({
    lane,
    used_last_5_minutes: sum(recent, (slot) => slot[lane]),
    remaining: blockedUntil === null ? remaining(lane, slots, slotOf(now)) : 0,
    waiting: waiting.find((row) => row.lane === lane)?.waiting ?? 0,
  }));
  return {
    ...{ cell, quota: CLOUDFLARE_QUOTA_CALLS, kept_for_admins: ADMIN_CALLS },
    used_last_5_minutes: sum(recent, allLanes),
    blocked_until: blockedUntil,
    lanes,
  };
}

function remaining(lane: ApiLane, slots: readonly Slot[], present: number): number {
  const { ceiling, perSlot } = LANE_PLANS[lane];
  const inPresentSlot = slots.find(({ slot }) => slot === present)?.[lane] ?? 0;
  return Math.max(0, Math.min(ceiling - sum(slots, allLanes), perSlot - inPresentSlot));
}

function allLanes({ signup, repair, fleet }: Slot): number {
  return signup + repair + fleet;
}

function sum(slots: readonly Slot[], calls: (slot: Slot) => number): number {
  return slots.reduce((total, slot) => total + calls(slot), 0);
}
