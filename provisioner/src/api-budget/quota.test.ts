import { describe, expect, it } from 'vitest';
import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { QuotaModel } from '#test/support/quota-model.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { SqliteRegistry } from '#test/support/sqlite-registry.ts';
import { API_CALL_TIMEOUT_MS } from '../cloudflare/api-call-timeout.ts';
import { ApiBudget } from './api-budget.ts';
import { CLOCK_DIFFERENCE_MS, leastTimeOf, SLOT_MS } from './budget-plan.ts';

const START = 1_800_000_000_000;
const LANES: readonly ApiLane[] = ['signup', 'repair', 'fleet'];

/** A budget on a clock of its own, and when the calls that it allowed reach Cloudflare. */
class Schedule {
  readonly #clock = { now: START };
  readonly #budget = new ApiBudget(new SqliteRegistry().asD1(), () => this.#clock.now);
  readonly arrivals: number[] = [];

  /** Takes a token at a time as the driver's own clock has it; what it allows arrives so much later. Null: it was given. */
  async take(at: number, lane: ApiLane, waiter: string, clockError = 0, delayMs = 0): Promise<number | null> {
    this.#clock.now = at + clockError;
    try {
      await this.#budget.take({ cell: 'main', lane, waiter });
      this.arrivals.push(at + delayMs);
      return null;
    } catch (thrown) {
      const { code, retryAfterMs } = asPlatformError(thrown);
      expect(code).toBe('API_BUDGET_EXHAUSTED');
      return at + (retryAfterMs ?? expect.fail('no time to come back'));
    }
  }

  /** The quota as Cloudflare counts it. */
  quota(): QuotaModel {
    const quota = new QuotaModel();
    for (const at of this.arrivals.toSorted((a, b) => a - b)) quota.count(at);
    return quota;
  }
}

describe('the quota is not exceeded in any five minutes', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => [seed]))(
    'by bursts, late calls and clocks that differ (schedule %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const schedule = new Schedule();
      let at = START;
      for (let burst = 0; burst < 30; burst += 1) {
        at += Math.floor(random() * 60_000);
        const calls = Math.floor(random() * 250);
        for (let call = 0; call < calls; call += 1) {
          const lane = LANES[Math.floor(random() * 1.3)] ?? 'signup';
          const clockError = Math.round((random() - 0.5) * CLOCK_DIFFERENCE_MS);
          const delay = Math.round(random() * API_CALL_TIMEOUT_MS);
          await schedule.take(at, lane, `${burst}-${call}`, clockError, delay);
        }
      }
      expect(schedule.quota().most).toBeLessThanOrEqual(1_100);
    },
  );

  it.each([0, 1, 2_500, 4_999])(
    'by whoever saves up late calls for the moment when early ones count no more (%i ms into a slot)',
    async (offset) => {
      const schedule = new Schedule();
      const first = START + offset;
      // The first half arrives as late and is dated as early as can be, the second at once and dated late.
      for (let call = 0; call < 1_200; call += 1) {
        await schedule.take(first, 'signup', `early ${call}`, -CLOCK_DIFFERENCE_MS / 2, API_CALL_TIMEOUT_MS);
      }
      const windowEnd = first + API_CALL_TIMEOUT_MS + 5 * 60_000;
      for (let at = windowEnd - 20_000; at <= windowEnd + 5_000; at += 500) {
        for (let call = 0; call < 20; call += 1) {
          await schedule.take(at, 'signup', `late ${at} ${call}`, CLOCK_DIFFERENCE_MS / 2);
        }
      }
      expect(schedule.quota().most).toBeLessThanOrEqual(1_100);
    },
  );
});

/** Somebody who wants so many tokens, one after another, and comes back when told. */
interface Work {
  readonly lane: ApiLane;
  readonly waiter: string;
  readonly startsAt: number;
  calls: number;
  endedAt: number;
}

/** Lets everybody work until all have ended. A call takes half a second, and who waits comes back up to so much late. */
async function workOff(schedule: Schedule, work: readonly Work[], lateByMs = 0): Promise<void> {
  const random = seededRandom(1);
  const due = new Map<Work, number>(work.map((one) => [one, one.startsAt]));
  const byTime = new Map<number, Work[]>();
  const enqueue = (one: Work, at: number) => {
    const rounded = Math.ceil(at / 100) * 100;
    byTime.set(rounded, [...(byTime.get(rounded) ?? []), one]);
  };
  for (const [one, at] of due) enqueue(one, at);
  for (let at = Math.min(...byTime.keys()); byTime.size > 0; at += 100) {
    for (const one of byTime.get(at) ?? []) {
      const comeBack = await schedule.take(at, one.lane, one.waiter);
      if (comeBack === null) one.calls -= 1;
      if (one.calls === 0) one.endedAt = at + 500;
      else enqueue(one, comeBack === null ? at + 500 : comeBack + random() * lateByMs);
    }
    byTime.delete(at);
  }
}

function fleetOf(stacks: number, atOnce: number): Work[] {
  return Array.from({ length: atOnce }, (_, i) => ({
    ...{ lane: 'fleet' as const, waiter: `fleet ${i}`, startsAt: START, endedAt: 0 },
    calls: stacks / atOnce,
  }));
}

function signupsAt(at: number, count: number): Work[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ lane: 'signup' as const, waiter: `signup ${at} ${i}`, startsAt: at, endedAt: 0, calls: 2 },
  }));
}

describe('a run of 10,000 stacks against the quota', () => {
  it('meets not one 429, and signups beside it are done as if they were alone', async () => {
    const schedule = new Schedule();
    const fleet = fleetOf(10_000, 50);
    const minutes = Array.from({ length: 60 }, (_, minute) => START + minute * 60_000);
    const signups = minutes.flatMap((at, minute) => signupsAt(at, minute % 20 === 10 ? 120 : 5));

    await workOff(schedule, [...fleet, ...signups]);

    const quota = schedule.quota();
    expect(quota.calls).toBe(10_000 + 2 * signups.length);
    expect(quota.most).toBeLessThanOrEqual(1_100);
    expect(Math.max(...signups.map(({ startsAt, endedAt }) => endedAt - startsAt))).toBe(1_000);
    const tookMinutes = Math.max(...fleet.map(({ endedAt }) => endedAt - START)) / 60_000;
    console.log(`10,000 fleet calls and ${signups.length} signups: ${tookMinutes.toFixed(1)} minutes.`);
    const atFullPace = quota.calls / (700 / 320) / 60;
    expect(tookMinutes).toBeLessThan(1.05 * atFullPace);
  });

  it.each([
    { atOnce: 13, calls: 520, lateByMs: 0 },
    { atOnce: 13, calls: 520, lateByMs: 1_000 },
    { atOnce: 22, calls: 506, lateByMs: 3_000 },
    { atOnce: 50, calls: 100, lateByMs: 1_500 },
    { atOnce: 50, calls: 500, lateByMs: 3_000 },
    { atOnce: 100, calls: 4_000, lateByMs: 3_000 },
  ])('uses 95 % of what the lane allows, $atOnce at once and up to $lateByMs ms late', async (run) => {
    const schedule = new Schedule();
    const fleet = fleetOf(run.calls, run.atOnce);
    await workOff(schedule, fleet, run.lateByMs);
    const took = Math.max(...fleet.map(({ endedAt }) => endedAt - START));
    // What the last slot allows may be taken in it from its beginning to its end.
    expect(took).toBeLessThan(leastTimeOf('fleet', run.calls) / 0.95 + SLOT_MS);
    expect(schedule.quota().most).toBeLessThanOrEqual(700);
  });

  it('starves nobody who waits in the same lane', async () => {
    const schedule = new Schedule();
    const fleet = fleetOf(2_000, 40);
    await workOff(schedule, fleet);
    const ends = fleet.map(({ endedAt }) => endedAt - START);
    expect(Math.max(...ends) / Math.min(...ends)).toBeLessThan(1.1);
  });

  it('serves more signups than are kept for at once in the order in which they came', async () => {
    const schedule = new Schedule();
    const signups = Array.from({ length: 800 }, (_, i) => signupsAt(START + i * 100, 1)).flat();
    await workOff(schedule, signups);
    expect(schedule.quota().most).toBeLessThanOrEqual(1_100);
    const waits = signups.map(({ startsAt, endedAt }) => endedAt - startsAt);
    expect(Math.max(...waits)).toBeLessThan(11 * 60_000);
  });
});
