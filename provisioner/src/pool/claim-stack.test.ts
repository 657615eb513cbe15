import { afterAll, beforeAll, expect, it } from 'vitest';
import { timesAtOnce } from '#test/support/at-once.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { claimStack } from '../registry/claim-stack.ts';

const READY = 50;
const SIGNUPS = 200;

let registry: D1Database;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ registry, stop } = await startRegistry());
  const account = registry.prepare(
    `INSERT INTO accounts (id, body, created_at, updated_at) VALUES (?1, json_object('slug', ?1, 'status', 'active'), 0, 0)`,
  );
  const stack = registry.prepare(
    `INSERT INTO stacks (id, status, residency, cell, worker_name, dispatch_namespace, release_id, observed_release_id, created_at, updated_at)
     VALUES (?1, ?2, 'eu', 'main', ?1, 'freehold', ?3, ?4, 0, 0)`,
  );
  await registry.batch([
    registry.prepare(`INSERT INTO releases VALUES ('old', 1, 0, 0, 0), ('new', 1, 0, 1, 1)`),
    ...Array.from({ length: SIGNUPS }, (_, number) => account.bind(`account-${number}`)),
    ...Array.from({ length: READY }, (_, number) => stack.bind(`ready-${number}`, 'ready', 'new', 'new')),
    stack.bind('a-building', 'building', 'new', null),
    stack.bind('a-stale', 'ready', 'old', 'old'),
    stack.bind('a-not-yet-updated', 'ready', 'new', 'old'),
  ]);
});
afterAll(() => stop());

it('gives each stack that is ready and up to date to one of many signups at once, and none to the others', async () => {
  const claims = await timesAtOnce(SIGNUPS, async (number) => {
    const claim = { accountId: `account-${number}`, residency: 'eu', now: 7 } as const;
    const { results } = await claimStack(registry, claim, { sql: '1', params: [] }).all<{ id: string }>();
    return results.map(({ id }) => id);
  });
  const claimed = claims.flatMap((claim) =>
    claim.status === 'fulfilled' ? claim.value : [String(claim.reason)],
  );
  expect(claimed).toHaveLength(READY);
  expect(new Set(claimed).size).toBe(READY);
  expect(claimed.every((id) => id.startsWith('ready-'))).toBe(true);
  const { results } = await registry
    .prepare(`SELECT COUNT(DISTINCT account_id) AS accounts FROM stacks WHERE status = 'claimed'`)
    .all();
  expect(results).toStrictEqual([{ accounts: READY }]);
});

it('reads the pool by its index', async () => {
  const claim = { accountId: 'account-0', residency: 'eu', now: 7 } as const;
  const explaining = {
    prepare: (sql: string) => registry.prepare(`EXPLAIN QUERY PLAN ${sql}`),
  } as D1Database; // claimStack prepares and does nothing else
  const plan = await claimStack(explaining, claim, { sql: '1', params: [] }).all<{ detail: string }>();
  expect(plan.results.map(({ detail }) => detail).join('\n')).toContain(
    'stacks_in_pool (residency=? AND status=? AND release_id=?)',
  );
});
