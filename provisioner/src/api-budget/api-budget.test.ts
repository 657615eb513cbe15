import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import type { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { timesAtOnce } from '#test/support/at-once.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { ApiBudget } from './api-budget.ts';
import { SLOT_MS, SLOTS } from './budget-plan.ts';
import { readApiBudget } from './read-api-budget.ts';

const clock = { now: 0 };
let registry: D1Database;
let stop: () => Promise<void>;
let budget: ApiBudget;
let cell: string;
let cells = 0;

beforeAll(async () => {
  ({ registry, stop } = await startRegistry());
  budget = new ApiBudget(registry, () => clock.now);
});
afterAll(() => stop());
beforeEach(() => {
  clock.now = 1_800_000_000_000;
  cells += 1;
  cell = `cell-${cells}`;
});

function take(lane: ApiLane, waiter: string = crypto.randomUUID()): Promise<void> {
  return budget.take({ cell, lane, waiter });
}

async function refusal(lane: ApiLane, waiter?: string): Promise<PlatformError> {
  return take(lane, waiter).then(() => expect.fail('a token was given'), asPlatformError);
}

/** How many of so many takers at once get a token. */
async function takeAtOnce(lane: ApiLane, takers: number): Promise<number> {
  const outcomes = await timesAtOnce(takers, () => take(lane));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'API_BUDGET_EXHAUSTED' });
  }
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

/** Calls made by others in the present slot, besides those of signups that it had. */
async function fill(calls: Partial<Record<ApiLane, number>>): Promise<void> {
  const slot = Math.floor(clock.now / SLOT_MS);
  const { signup = 0, repair = 0, fleet = 0 } = calls;
  await registry
    .prepare(
      `INSERT INTO api_budget_slots (cell, position, slot, signup, repair, fleet) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET slot = excluded.slot, signup = excluded.signup + IIF(slot = excluded.slot, signup, 0)`,
    )
    .bind(cell, slot % SLOTS, slot, signup, repair, fleet)
    .run();
}

describe('a token', () => {
  it('is given to no more than the quota less what admins keep, however many ask at once', async () => {
    await fill({ signup: 1_000 });
    expect(await takeAtOnce('signup', 150)).toBe(100);
  });

  it('is never given to the fleet where signups and repairs need it', async () => {
    await fill({ fleet: 650, repair: 50 });
    clock.now += SLOT_MS;
    expect(await takeAtOnce('fleet', 20)).toBe(0);
    await fill({ signup: 50 });
    expect(await takeAtOnce('repair', 70)).toBe(50);
    await fill({ signup: 250 });
    expect(await takeAtOnce('signup', 70)).toBe(50);
  });

  it('is given to the fleet twelve times a slot at most', async () => {
    expect(await takeAtOnce('fleet', 30)).toBe(12);
  });

  it('counts for 64 slots and then no more', async () => {
    await fill({ signup: 1_000, repair: 50, fleet: 50 });
    clock.now += (SLOTS - 1) * SLOT_MS;
    await refusal('signup', 'waits');
    clock.now += SLOT_MS;
    await take('signup', 'waits');
    expect((await readApiBudget(registry, cell, clock.now)).used_last_5_minutes).toBe(1);
  });

  it('is refused to a driver whose clock lies so far behind that its slot is another’s by now', async () => {
    await take('signup');
    clock.now -= SLOTS * SLOT_MS;
    await refusal('signup');
  });

  it('reads a bounded number of rows and writes one', async () => {
    for (let slot = 0; slot < 2 * SLOTS; slot += 1) {
      await take('signup');
      clock.now += SLOT_MS;
    }
    const statements: { sql: string; params: unknown[] }[] = [];
    const watched = {
      prepare: (sql: string) => ({
        bind: (...params: unknown[]) => {
          statements.push({ sql, params });
          return registry.prepare(sql).bind(...params);
        },
      }),
    } as unknown as D1Database; // the budget takes with prepare and bind alone
    await new ApiBudget(watched, () => clock.now).take({ cell, lane: 'signup', waiter: 'counted' });
    expect(statements).toHaveLength(1);
    const { sql = '', params = [] } = statements[0] ?? {};
    const { meta } = await registry
      .prepare(sql)
      .bind(...params)
      .run();
    expect(meta.rows_written).toBe(1);
    expect(meta.rows_read).toBeLessThanOrEqual(SLOTS + 5);
    const held = await registry
      .prepare('SELECT COUNT(*) AS n FROM api_budget_slots WHERE cell = ?')
      .bind(cell);
    expect(await held.first('n')).toBe(SLOTS);
  });
});

describe('who is refused', () => {
  it('is told when a token comes back, and nobody passes them', async () => {
    await fill({ signup: 1_100 });
    const first = await refusal('signup', 'first');
    const second = await refusal('signup', 'second');
    expect(first).toMatchObject({ code: 'API_BUDGET_EXHAUSTED', retryable: true, context: { ahead: 0 } });
    expect(second.context).toEqual({ lane: 'signup', ahead: 1 });
    const freeAt = (Math.floor(clock.now / SLOT_MS) + SLOTS) * SLOT_MS;
    expect(first.retryAfterMs).toBe(freeAt - clock.now);
    expect(second.retryAfterMs).toBe(freeAt - clock.now + 100);

    clock.now = freeAt;
    await fill({ signup: 1_050 });
    clock.now += SLOT_MS;
    expect(await takeAtOnce('signup', 70)).toBe(48);
    await take('signup', 'second');
    await take('signup', 'first');
    await refusal('signup', 'third');
    expect((await readApiBudget(registry, cell, clock.now)).lanes[0]).toMatchObject({ waiting: 23 });
  });

  it('keeps their turn when they are refused again', async () => {
    await fill({ signup: 1_100 });
    await refusal('signup', 'early');
    clock.now += 1;
    await refusal('signup', 'late');
    clock.now += 1;
    expect((await refusal('signup', 'early')).context.ahead).toBe(0);
    expect((await refusal('signup', 'late')).context.ahead).toBe(1);
  });

  it('loses their turn when they never come back', async () => {
    await fill({ signup: 1_100 });
    await refusal('signup', 'gone');
    clock.now += 30 * 60_000;
    await fill({ signup: 1_099 });
    await take('signup');
    expect((await refusal('signup', 'next')).context.ahead).toBe(0);
  });

  it('comes back at the pace of the fleet, not all at once', async () => {
    await takeAtOnce('fleet', 12);
    const waits: number[] = [];
    for (let waiter = 0; waiter < 36; waiter += 1) {
      waits.push((await refusal('fleet', `waiter ${String(waiter).padStart(2, '0')}`)).retryAfterMs ?? 0);
    }
    const slots = waits.map(
      (wait) => Math.floor((clock.now + wait) / SLOT_MS) - Math.floor(clock.now / SLOT_MS),
    );
    expect(slots).toEqual([...Array(12).fill(1), ...Array(12).fill(2), ...Array(12).fill(3)]);
    expect(new Set(waits).size).toBe(36);
    clock.now += SLOT_MS;
    await refusal('fleet', 'newcomer');
    await take('fleet', 'waiter 00');
  });
});

describe('a block', () => {
  it('holds every lane back until it is over, and a shorter one does not end it', async () => {
    await budget.block(cell, 300_000);
    await budget.block(cell, 1_000);
    expect((await refusal('signup', 'a')).retryAfterMs).toBe(300_000);
    expect((await refusal('repair', 'b')).retryAfterMs).toBe(300_000);
    expect((await refusal('fleet', 'c')).retryAfterMs).toBe(300_000);
    clock.now += 300_000;
    await take('signup', 'a');
  });

  it('lets the fleet come back at its pace', async () => {
    await budget.block(cell, 300_000);
    const waits: number[] = [];
    for (let waiter = 10; waiter < 23; waiter += 1) {
      waits.push((await refusal('fleet', `blocked ${waiter}`)).retryAfterMs ?? 0);
    }
    expect(waits.at(0)).toBe(300_000);
    expect(waits.at(-1)).toBe(300_000 + SLOT_MS);
  });

  it('holds back no other cell, and no longer than a quarter of an hour at a time', async () => {
    await budget.block(cell, 1e12);
    expect((await refusal('signup')).retryAfterMs).toBe(15 * 60_000);
    await budget.take({ cell: `${cell}-other`, lane: 'signup', waiter: 'w' });
    clock.now += 15 * 60_000;
    await take('signup');
  });
});

describe('readApiBudget', () => {
  it('says what was used, what each lane may still take, who waits and until when Cloudflare blocks', async () => {
    await fill({ signup: 50, repair: 40, fleet: 630 });
    await refusal('fleet');
    expect(await readApiBudget(registry, cell, clock.now)).toEqual({
      ...{ cell, quota: 1_200, kept_for_admins: 100, used_last_5_minutes: 720, blocked_until: null },
      lanes: [
        { lane: 'signup', used_last_5_minutes: 50, remaining: 380, waiting: 0 },
        { lane: 'repair', used_last_5_minutes: 40, remaining: 80, waiting: 0 },
        { lane: 'fleet', used_last_5_minutes: 630, remaining: 0, waiting: 1 },
      ],
    });
    await budget.block(cell, 60_000);
    const blocked = await readApiBudget(registry, cell, clock.now);
    expect(blocked.blocked_until).toBe(clock.now + 60_000);
    expect(blocked.lanes.map(({ remaining }) => remaining)).toEqual([0, 0, 0]);
  });
});
