import * as z from 'zod';
import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { LANE_PLANS, SLOTS, slotOf } from './budget-plan.ts';
import { comeBackAt, LONGEST_WAIT_MS } from './come-back.ts';

/** For how long a turn is kept for somebody who does not come back: longer than the longest wait and a reconciler's pass. */
const TURN_KEPT_MS = LONGEST_WAIT_MS + 5 * 60_000;

/** How many of a line are counted at most, where a wait is worked out. */
const LONGEST_LINE = 5_000;
const EXPIRED_AT_ONCE = 20;

/** On whose behalf the Cloudflare API is called. */
export interface ApiCaller {
  readonly cell: string;
  readonly lane: ApiLane;
  /** Whose turn is kept while they wait: the operation's id. */
  readonly waiter: string;
}

const refusalSchema = z.tuple([
  z.array(z.object({ slot: z.int(), calls: z.int(), own: z.int() })),
  z.tuple([z.object({ ahead: z.int(), blocked_until: z.int() })]),
]);

/**
 * Cloudflare's quota of API calls, shared out in the registry: every call takes a token first. No 1,200 calls ever reach
 * Cloudflare within five minutes, wherever those begin (docs/decisions/0022).
 */
export class ApiBudget {
  readonly #registry: D1Database;
  readonly #now: () => number;

  constructor(registry: D1Database, now: () => number) {
    this.#registry = registry;
    this.#now = now;
  }

  /**
   * Takes a token for one call that is made within `API_CALL_TIMEOUT_MS`. Whoever waits for longer in the lane comes
   * first. Error: `API_BUDGET_EXHAUSTED` with the time to come back.
   */
  async take(caller: ApiCaller): Promise<void> {
    const { cell, lane, waiter } = caller;
    const { ceiling, perSlot } = LANE_PLANS[lane];
    const now = this.#now();
    const taken = await this.#registry
      .prepare(TAKE_SQL[lane])
      .bind(cell, lane, waiter, now, ceiling, slotOf(now), perSlot)
      .first<{ waited: 0 | 1 }>();
    if (taken === null) throw await this.#refuse(caller, now);
    if (taken.waited === 1) await this.#leaveLine(waiter);
  }

  /** Nobody of the cell calls for so long: Cloudflare said so. Milliseconds. A longer block than this one stays. */
  async block(cell: string, forMs: number): Promise<void> {
    await this.#registry
      .prepare(
        `INSERT INTO api_budget (cell, blocked_until) VALUES (?, ?)
         ON CONFLICT (cell) DO UPDATE SET blocked_until = MAX(blocked_until, excluded.blocked_until)`,
      )
      .bind(cell, this.#now() + Math.min(forMs, LONGEST_WAIT_MS))
      .run();
  }

  async #refuse({ cell, lane, waiter }: ApiCaller, now: number): Promise<PlatformError> {
    const [, , slots, line] = await this.#registry.batch([
      this.#registry.prepare(FORGET_EXPIRED_SQL).bind(now, EXPIRED_AT_ONCE),
      this.#registry.prepare(JOIN_LINE_SQL).bind(waiter, cell, lane, now, now + TURN_KEPT_MS),
      this.#registry.prepare(SLOTS_SQL[lane]).bind(cell, slotOf(now) - SLOTS),
      this.#registry.prepare(LINE_SQL).bind(cell, lane, waiter, now, LONGEST_LINE),
    ]);
    const [uses, [{ ahead, blocked_until }]] = refusalSchema.parse([slots?.results, line?.results]);
    const at = comeBackAt({ now, lane, slots: uses, ahead, blockedUntil: blocked_until });
    return new PlatformError('API_BUDGET_EXHAUSTED', { retryAfterMs: at - now, context: { lane, ahead } });
  }

  async #leaveLine(waiter: string): Promise<void> {
    await this.#registry.prepare('DELETE FROM api_budget_waiters WHERE waiter = ?').bind(waiter).run();
  }
}

/** Parameters: 1 cell, 2 lane, 3 waiter, 4 now, 5 the most that matter. */
const AHEAD = `(SELECT COUNT(*) FROM (
  SELECT 1 FROM api_budget_waiters WHERE cell = ?1 AND lane = ?2 AND expires_at > ?4
  AND (since, waiter) < (COALESCE((SELECT since FROM api_budget_waiters WHERE waiter = ?3), ?4), ?3) LIMIT ?5))`;

/** Parameters: those of {@link AHEAD}, the most being the lane's ceiling; 6 the present slot, 7 the most in a slot. */
function takeSql(lane: ApiLane): string {
  return `INSERT INTO api_budget_slots (cell, position, slot, ${lane})
    SELECT ?1, ?6 % ${SLOTS}, ?6, 1
    WHERE NOT EXISTS (SELECT 1 FROM api_budget WHERE cell = ?1 AND blocked_until > ?4)
    AND ${AHEAD} + (SELECT COALESCE(SUM(signup + repair + fleet), 0) FROM api_budget_slots
      WHERE cell = ?1 AND slot > ?6 - ${SLOTS}) < ?5
    AND ${AHEAD} + COALESCE((SELECT ${lane} FROM api_budget_slots
      WHERE cell = ?1 AND position = ?6 % ${SLOTS} AND slot = ?6), 0) < ?7
    ON CONFLICT (cell, position) DO UPDATE SET slot = excluded.slot,
      signup = IIF(slot = excluded.slot, signup, 0) + excluded.signup,
      repair = IIF(slot = excluded.slot, repair, 0) + excluded.repair,
      fleet = IIF(slot = excluded.slot, fleet, 0) + excluded.fleet
      WHERE slot <= excluded.slot
    RETURNING EXISTS (SELECT 1 FROM api_budget_waiters WHERE waiter = ?3) AS waited`;
}

const TAKE_SQL: Readonly<Record<ApiLane, string>> = {
  signup: takeSql('signup'),
  repair: takeSql('repair'),
  fleet: takeSql('fleet'),
};

const FORGET_EXPIRED_SQL = `DELETE FROM api_budget_waiters WHERE waiter IN
  (SELECT waiter FROM api_budget_waiters WHERE expires_at <= ? LIMIT ?)`;

const JOIN_LINE_SQL = `INSERT INTO api_budget_waiters (waiter, cell, lane, since, expires_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (waiter) DO UPDATE SET expires_at = excluded.expires_at`;

function slotsSql(lane: ApiLane): string {
  return `SELECT slot, signup + repair + fleet AS calls, ${lane} AS own FROM api_budget_slots WHERE cell = ? AND slot > ?`;
}

const SLOTS_SQL: Readonly<Record<ApiLane, string>> = {
  signup: slotsSql('signup'),
  repair: slotsSql('repair'),
  fleet: slotsSql('fleet'),
};

const LINE_SQL = `SELECT ${AHEAD} AS ahead,
  COALESCE((SELECT blocked_until FROM api_budget WHERE cell = ?1), 0) AS blocked_until`;
