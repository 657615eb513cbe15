import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { CustomHostnames, sendTo } from './support/custom-hostnames.ts';
import { Hammer } from './support/hammer.ts';
import { adminList } from './support/landscape.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';
import { accepted, untilFinished } from './support/sign-up.ts';
import { startTwoPlatforms, type TwoPlatforms } from './support/two-platforms.ts';

/** How long the hammering goes on after an acknowledgement: past the bound. */
const WATCHED_MS = ROUTE_LIFETIME_MS + 1_000;
/** How often a suspension is raced. */
const RACES = 20;
const AT_ONCE = 5;
const HOST = 'app.hart-law.co.uk';

let platforms: TwoPlatforms;

beforeAll(async () => {
  platforms = await startTwoPlatforms();
});
afterAll(() => platforms?.stop());

interface Order {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  /** The custom hostname by which everybody asks, in place of the slug. */
  readonly host?: string;
  readonly code: ErrorCode;
}

const ORDERS: Readonly<Record<string, Order>> = {
  suspend: { method: 'POST', path: '/suspend', code: 'ACCOUNT_SUSPENDED' },
  delete: { method: 'DELETE', path: '', json: { grace_days: 1 }, code: 'ACCOUNT_NOT_FOUND' },
  'change-slug': { method: 'PUT', path: '/slug', json: { slug: 'moved-away' }, code: 'ACCOUNT_NOT_FOUND' },
  'remove-hostname': {
    ...{ method: 'DELETE', path: `/hostnames/${HOST}`, host: HOST, code: 'ACCOUNT_NOT_FOUND' },
  },
};

function readMe({ url }: LocalInstance, account: OpenAccount, slug = account.account.slug) {
  return send(`${url}/a/${slug}/me`, { token: account.session.access_token });
}

/** Gives the order to the first platform, while both are asked all the time, and says when it was acknowledged. */
async function watch(account: OpenAccount, { method, path, json, host }: Order, atOnce = 2) {
  const { first, second } = platforms;
  const { access_token: token } = account.session;
  const ask = (platform: LocalInstance) =>
    host === undefined ? readMe(platform, account) : sendTo(platform, host, '/me', { token });
  const hammers = {
    first: new Hammer(() => ask(first), atOnce),
    second: new Hammer(() => ask(second), atOnce),
  };
  try {
    await expect.poll(() => Math.min(hammers.first.lastServed, hammers.second.lastServed)).toBeGreaterThan(0);
    const url = `${first.url}/admin/accounts/${account.account.id}${path}`;
    const answer = await send(url, { method, token: first.admin_token, ...(json !== undefined && { json }) });
    const acknowledged = Date.now();
    const [next, direct] = await Promise.all([ask(first), directly(account)]);
    const latest = () => Math.min(hammers.first.latest, hammers.second.latest) - acknowledged;
    await expect.poll(latest, { timeout: 30_000 }).toBeGreaterThan(WATCHED_MS);
    return { acknowledged, operationId: accepted(answer).operation.id, next, direct, ...hammers };
  } finally {
    await Promise.all([hammers.first.stop(), hammers.second.stop()]);
  }
}

type Watched = Awaited<ReturnType<typeof watch>>;

/** The same request to the account's own Worker, past any platform. */
async function directly({ account, session }: OpenAccount) {
  const stacks = await adminList(platforms.first, 'stacks');
  const stack = stacks.map(Object).find(({ account_id }) => account_id === account.id);
  return platforms.dispatch(stack?.worker_name, '/me', { token: session.access_token });
}

function expectHeld({ acknowledged, next, direct, first, second }: Watched, { code }: Order): void {
  expectRefusal(next, code);
  expect(direct.status, direct.text).toBe(200);
  expect(first.lastServed).toBeLessThanOrEqual(acknowledged);
  expect(second.lastServed).toBeLessThanOrEqual(acknowledged + ROUTE_LIFETIME_MS);
  for (const { outcomes } of [first, second]) expect(outcomes).toStrictEqual(new Set(['200', code]));
}

describe.each(Object.entries(ORDERS))('%s', (kind, order) => {
  test('holds at once where it was acknowledged and within 5 seconds everywhere, though the Worker answers', async () => {
    const account = await openAccount(platforms.first, `watched-${kind}`);
    if (order.host) await new CustomHostnames(platforms.first).addActive(`watched-${kind}`, order.host);
    const watched = await watch(account, order);
    expectHeld(watched, order);
    const { acknowledged, second, operationId } = watched;
    console.log(
      `${kind}: the last request that the other isolate served began ${second.lastServed - acknowledged} ms after the answer.`,
    );
    expect((await untilFinished(platforms.second, operationId)).status).toBe('succeeded');
    if (kind !== 'change-slug') return;
    for (const platform of [platforms.first, platforms.second]) {
      expect((await readMe(platform, account, 'moved-away')).status).toBe(200);
    }
  });
});

test(`a suspension holds within its bounds, ${RACES} times while everybody asks`, {
  timeout: 180_000,
}, async () => {
  const suspend = ORDERS.suspend ?? expect.fail('It is there.');
  const latest: number[] = [];
  for (let race = 0; race < RACES; race += AT_ONCE) {
    const accounts = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, number) => openAccount(platforms.first, `raced-${race + number}`)),
    );
    for (const watched of await Promise.all(accounts.map((account) => watch(account, suspend, 1)))) {
      expectHeld(watched, suspend);
      latest.push(watched.second.lastServed - watched.acknowledged);
    }
  }
  // Had no route been warm in the other isolate, nothing would have been raced.
  expect(Math.max(...latest)).toBeGreaterThan(0);
  console.log(
    `The last request that the other isolate served began ${Math.max(...latest)} ms after the answer at most.`,
  );
});
