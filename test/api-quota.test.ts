import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiBudget, type ApiCaller } from '#provisioner/api-budget/api-budget.ts';
import { LANE_PLANS, SLOT_MS, SLOTS } from '#provisioner/api-budget/budget-plan.ts';
import { type ApiFetch, budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { runOperation } from '#provisioner/operations/run-operation.ts';
import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { timesAtOnce } from './support/at-once.ts';
import { type Provisioning, RELEASE_ID, recordSignup, startProvisioning } from './support/provisioning.ts';
import { SqliteRegistry } from './support/sqlite-registry.ts';

const FLEET_CALLS = 10_000;
const FLEET_WORKERS = 22;
/** As many as find their tokens at once, whatever the fleet does: two calls each of the 300 that are kept for signups. */
const CROWD = 150;
const CROWD_AT_MINUTE = 10;
/** Calls of the dashboard and wrangler, which take no token. */
const BY_HAND = 100;
const MINUTE_MS = 60_000;
/** How much is done at once: more, and a busy machine lets calls time out. */
const AT_ONCE = 25;

let world: Provisioning;
/** How far the clock that platform and cloud share is ahead of the machine's. */
let aheadMs = 0;
/** How many calls Cloudflare answered 429. */
let refused = 0;
/** The id of a database. */
let lookedAt: string;

beforeAll(async () => {
  const clock = {
    get now() {
      return Date.now() + aheadMs;
    },
  };
  const started = await startProvisioning({ databaseSlots: CROWD + 1, clock });
  world = { ...started, ...onSqlite(started) };
  ({ id: lookedAt } = await started.cloudflare.createDatabase('looked-at', 'eu'));
  await world.control.setQuota({});
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** The registry in SQLite, for tens of thousands of tokens. */
function onSqlite({ ports, access, clock }: Provisioning): Pick<Provisioning, 'ports' | 'registry'> {
  const sqlite = new SqliteRegistry();
  sqlite.rows(
    `INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 1, 0, 0)`,
    RELEASE_ID,
  );
  const registry = sqlite.asD1();
  const budget = new ApiBudget(registry, () => clock.now);
  const send: ApiFetch = async (url, init) => {
    const response = await fetch(url, init);
    if (response.status === 429) refused += 1;
    return response;
  };
  const cloudflare = (caller: ApiCaller) =>
    new CloudflareApi({ ...access, fetch: budgetedFetch(budget, caller, send) });
  return { registry, ports: { ...ports, registry, cloudflare } };
}

/** Passes over what is left until then, for platform and cloud alike. */
async function moveTo(at: number): Promise<void> {
  const advance = Math.max(0, Math.ceil(at - world.clock.now));
  await world.control.advanceClock(advance);
  aheadMs += advance;
}

/** Something to do at a time; it says when to come back, or null once it is done. */
interface Work {
  readonly at: number;
  readonly run: () => Promise<number | null>;
}

async function workOff(work: readonly Work[]): Promise<void> {
  let open = work;
  while (open.length > 0) {
    await moveTo(Math.min(...open.map(({ at }) => at)));
    const { now } = world.clock;
    const due = open.filter(({ at }) => at <= now).slice(0, AT_ONCE);
    const again = due.map(async ({ run }) => ({ at: await run(), run }));
    const later = (await Promise.all(again)).flatMap(({ at, run }) => (at === null ? [] : [{ at, run }]));
    open = [...open.filter((one) => !due.includes(one)), ...later];
  }
}

/** One call that changes nothing. When to come back where there was no token; null where it was made. */
async function call(lane: ApiLane, waiter: string): Promise<number | null> {
  try {
    await world.ports.cloudflare({ cell: 'main', lane, waiter }).getDatabase(lookedAt);
    return null;
  } catch (thrown) {
    const { code, retryAfterMs } = asPlatformError(thrown);
    expect(code).toBe('API_BUDGET_EXHAUSTED');
    return inSeconds(world.clock.now + (retryAfterMs ?? expect.fail('no time to come back')));
  }
}

/** Several come back at once: the clock is moved less often. */
function inSeconds(at: number): number {
  return Math.ceil(at / 1_000) * 1_000;
}

/** People at work who share the quota. */
async function callByHand(): Promise<void> {
  for (const outcome of await timesAtOnce(BY_HAND, () => world.cloudflare.findDatabase('none'))) {
    expect(outcome).toEqual({ status: 'fulfilled', value: null });
  }
}

/** Somebody who signs up at the time, and the driver of what that began. */
function signup(at: number): Work {
  let operationId: string | undefined;
  const run = async () => {
    operationId ??= (await recordSignup(world)).operationId;
    const outcome = await runOperation(world.ports, operationId, 'test');
    return outcome.finished ? null : outcome.availableAt;
  };
  return { at, run };
}

test('ten thousand calls of the fleet meet not one 429, and a crowd beside them signs up without a wait', async () => {
  const began = world.clock.now;
  let [made, heldBack] = [0, 0];
  const fleet = Array.from({ length: FLEET_WORKERS }, (_, worker) => ({
    at: began,
    run: async () => {
      if (made >= FLEET_CALLS) return null;
      const comeBack = await call('fleet', `fleet ${worker}`);
      if (comeBack === null) made += 1;
      else heldBack += 1;
      return comeBack ?? world.clock.now;
    },
  }));
  const crowd = Array.from({ length: CROWD }, () => signup(began + CROWD_AT_MINUTE * MINUTE_MS));

  await workOff([...fleet, ...crowd]);

  expect(refused).toBe(0);
  expect(made).toBeGreaterThanOrEqual(FLEET_CALLS);
  // Only signups log; no step of theirs was held back.
  expect(world.log.filter(({ code }) => code === 'API_BUDGET_EXHAUSTED')).toEqual([]);
  const active = world.registry.prepare(`SELECT COUNT(*) AS n FROM accounts WHERE status = 'active'`);
  expect(await active.first('n')).toBe(CROWD);
  expect(heldBack).toBeGreaterThan(0);
  console.log(
    `${made} calls of the fleet in ${Math.round((world.clock.now - began) / MINUTE_MS)} minutes of the clock.`,
  );
}, 600_000);

test('whatever is asked at once, the platform and the people beside it stay within the quota', async () => {
  await moveTo(world.clock.now + SLOTS * SLOT_MS);
  const ask = (number: number) => call('signup', `crowd ${number}`);
  const outcomes = await timesAtOnce(LANE_PLANS.signup.ceiling + 300, ask);
  await callByHand();
  const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value === null);
  expect(refused).toBe(0);
  expect(answered.length).toBe(LANE_PLANS.signup.ceiling);
}, 120_000);
