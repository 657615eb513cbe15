import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { poolSchema } from '#shared-schema/stacks/pool.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { landscape, resourceNames } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { logIn } from './support/open-account.ts';
import { send } from './support/send.ts';
import { accepted, sendSignup, signupBody } from './support/sign-up.ts';

const SIZE = 50;
const SIGNUPS = 200;
const FULL = { residency: 'eu', size: SIZE, ready: SIZE, building: 0, stale: 0 };
const PATIENCE_MS = 240_000;

/**
 * The fleet's calls count as those of signups, and it has no line: the quota stays as it is, but a hundred stacks do not take the
 * minutes that the fleet's pace of eleven calls in five seconds asks for.
 */
const WITHOUT_PACE = [
  ...['INSERT', 'UPDATE'].map(
    (event) => `CREATE TRIGGER unpaced_${event} AFTER ${event} ON api_budget_slots WHEN NEW.fleet > 0
      BEGIN UPDATE api_budget_slots SET signup = signup + fleet, fleet = 0
      WHERE cell = NEW.cell AND position = NEW.position; END`,
  ),
  `CREATE TRIGGER no_line AFTER INSERT ON api_budget_waiters
    BEGIN DELETE FROM api_budget_waiters WHERE waiter = NEW.waiter; END`,
  'DELETE FROM api_budget_waiters',
];

/** Whoever comes late would otherwise find what was made for the pool while the others came. */
const HOLD_REFILL = `CREATE TRIGGER hold_refill BEFORE INSERT ON stacks WHEN NEW.account_id IS NULL
  BEGIN SELECT RAISE(IGNORE); END`;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let cloud: CloudApi;

beforeAll(async () => {
  platform = await startTestPlatform({ vars: { POOL_SIZES: JSON.stringify({ eu: SIZE }) } });
  cloud = new CloudApi(platform.instance);
  for (const sql of WITHOUT_PACE) await cloud.query(REGISTRY_ID, sql);
});
afterAll(() => platform?.stop());

async function readPool(): Promise<unknown> {
  const { url, admin_token: token } = platform.instance;
  const { body } = await send(`${url}/admin/pool`, { token });
  return z.object({ data: z.tuple([poolSchema]) }).parse(body).data[0];
}

const untilFull = () => expect.poll(readPool, { timeout: PATIENCE_MS, interval: 500 }).toStrictEqual(FULL);

async function operationsNotSucceeded(): Promise<number> {
  const sql = `SELECT COUNT(*) AS n FROM operations WHERE kind = 'provision' AND status <> 'succeeded'`;
  return Number((await cloud.query(REGISTRY_ID, sql))[0]?.n);
}

test(
  `${SIGNUPS} signups at once share a pool of ${SIZE}: no stack is claimed twice, the rest are made, none fails`,
  async () => {
    await untilFull();
    const { stacks: pooled } = await landscape(platform.instance);
    await cloud.query(REGISTRY_ID, HOLD_REFILL);
    const slugs = Array.from({ length: SIGNUPS }, (_, number) => `crowd-${number}`);

    const answers = await Promise.all(slugs.map((slug) => sendSignup(platform.instance, signupBody(slug))));

    await cloud.query(REGISTRY_ID, 'DROP TRIGGER hold_refill');
    const signups = answers.map((answer) => ({ status: answer.status, ...accepted(answer) }));
    const warm = signups.filter(({ status }) => status === 201);
    expect([warm.length, signups.length - warm.length]).toStrictEqual([SIZE, SIGNUPS - SIZE]);
    expect(new Set(warm.map(({ account }) => account.status))).toStrictEqual(new Set(['active']));
    await expect.poll(operationsNotSucceeded, { timeout: PATIENCE_MS, interval: 250 }).toBe(0);
    await untilFull();

    const all = await landscape(platform.instance);
    const owner = new Map(all.stacks.map(({ id, account_id }) => [id, account_id]));
    expect(pooled.map(({ id }) => owner.get(id)).sort()).toStrictEqual(
      warm.map(({ account }) => account.id).sort(),
    );
    const owners = all.stacks.flatMap(({ account_id }) => account_id ?? []);
    expect(owners.sort()).toStrictEqual(signups.map(({ account }) => account.id).sort());
    expect(new Set(all.accounts.map(({ status }) => status))).toStrictEqual(new Set(['active']));
    expect(all.accounts).toHaveLength(SIGNUPS);
    expect(new Set(all.operations.map(({ status }) => status))).toStrictEqual(new Set(['succeeded']));
    expect(all.stacks).toHaveLength(SIGNUPS + SIZE);
    expect(all.databases.map(({ name }) => name).sort()).toStrictEqual(resourceNames(all));
    expect(all.scripts.map(({ id }) => id).sort()).toStrictEqual(resourceNames(all));
    await Promise.all(
      slugs.filter((_, number) => number % 10 === 0).map((slug) => logIn(platform.instance, slug)),
    );
  },
  3 * PATIENCE_MS,
);
