import { beforeEach, expect, it } from 'vitest';
import { SqliteRegistry } from '#test/support/sqlite-registry.ts';
import { CloudflareApi } from '../cloudflare/cloudflare-api.ts';
import { ApiBudget, type ApiCaller } from './api-budget.ts';
import { LANE_PLANS, SLOTS, slotOf } from './budget-plan.ts';
import { budgetedFetch } from './budgeted-fetch.ts';

const CALLER: ApiCaller = { cell: 'main', lane: 'signup', waiter: 'operation' };

let registry: SqliteRegistry;
let clock: { now: number };
let sent: string[];
let answer: () => Response;

beforeEach(() => {
  registry = new SqliteRegistry();
  clock = { now: 1_800_000_000_000 };
  sent = [];
  answer = () => Response.json({ success: true, errors: [], messages: [], result: [] });
});

function api(database: D1Database = registry.asD1()): CloudflareApi {
  const fetch = budgetedFetch(new ApiBudget(database, () => clock.now), CALLER, async (url) => {
    sent.push(String(url));
    return answer();
  });
  return new CloudflareApi({ accountId: 'a', apiToken: 't', baseUrl: 'https://cloud.test', fetch });
}

function refuse(headers: Record<string, string> = {}) {
  const body = { success: false, errors: [], messages: [], result: null };
  answer = () => Response.json(body, { status: 429, headers });
}

function useUp(): void {
  const slot = slotOf(clock.now);
  registry.rows(
    'INSERT INTO api_budget_slots (cell, position, slot, signup) VALUES (?, ?, ?, ?)',
    ...['main', slot % SLOTS, slot, LANE_PLANS.signup.ceiling],
  );
}

it('takes one token for each request', async () => {
  await api().findDatabase('a');
  await api().findDatabase('b');
  expect(sent).toHaveLength(2);
  expect(registry.rows('SELECT signup FROM api_budget_slots')).toEqual([{ signup: 2 }]);
});

it('sends nothing without a token, and says when to come back', async () => {
  useUp();
  const call = api().findDatabase('a');
  const retryAfterMs = SLOTS * 5_000;
  await expect(call).rejects.toMatchObject({ code: 'API_BUDGET_EXHAUSTED', retryable: true, retryAfterMs });
  expect(sent).toEqual([]);
});

it('sends nothing where the registry does not answer', async () => {
  const broken = registry.asD1(() => Promise.reject(new Error('D1_ERROR')));
  await expect(api(broken).findDatabase('a')).rejects.toMatchObject({ code: 'CLOUDFLARE_UNAVAILABLE' });
  expect(sent).toEqual([]);
});

it('sends nothing where the token came after the time of the call', async () => {
  const controller = new AbortController();
  const late = registry.asD1(async (_, run) => {
    controller.abort();
    return run();
  });
  const budgeted = budgetedFetch(new ApiBudget(late, () => clock.now), CALLER, async () => answer());
  await expect(budgeted('https://cloud.test', { signal: controller.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});

it.each([
  [{ 'retry-after': '7' }, 7_000],
  [{}, 300_000],
  [{ 'retry-after': '86400' }, 900_000],
])('holds everybody back after a 429 with %j', async (headers, waitMs) => {
  refuse(headers);
  await expect(api().findDatabase('a')).rejects.toMatchObject({ code: 'CLOUDFLARE_RATE_LIMITED' });
  const others = api().findDatabase('b');
  await expect(others).rejects.toMatchObject({ code: 'API_BUDGET_EXHAUSTED', retryAfterMs: waitMs });
  expect(sent).toHaveLength(1);
});
