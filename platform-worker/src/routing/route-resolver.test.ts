import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import type { RouteName } from './route-name.ts';
import { RouteResolver } from './route-resolver.ts';

let registry: D1Database;
let stop: () => Promise<void>;
let now = 0;
let reads = 0;
let routes: RouteResolver;

beforeAll(async () => {
  ({ registry, stop } = await startRegistry());
  await registry.batch([
    registry.prepare(`INSERT INTO releases VALUES ('r', 1, 0, 0, 0)`),
    ...['active', 'suspended', 'provisioning', 'failed', 'deleting', 'deleted'].flatMap((status) => [
      registry
        .prepare(`INSERT INTO accounts (id, body, created_at, updated_at) VALUES (?, ?, 0, 0)`)
        .bind(`account-${status}`, JSON.stringify({ slug: `is-${status}`, status })),
      registry
        .prepare(
          `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
           VALUES (?1, ?2, 'serving', 'eu', 'main', ?1, 'freehold', 'r', 0, 0)`,
        )
        .bind(`stack-${status}`, `account-${status}`),
    ]),
  ]);
});
afterAll(() => stop());
beforeEach(() => {
  now = 1_000_000;
  reads = 0;
  routes = new RouteResolver({ registry: counted(registry), now: () => now });
});

/** The registry, counting what is prepared on it. */
function counted(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, property) {
      if (property !== 'prepare') return Reflect.get(target, property);
      return (sql: string) => {
        reads += 1;
        return target.prepare(sql);
      };
    },
  });
}

/** The registry, which fails while it is broken. */
function breaking(isBroken: () => boolean): D1Database {
  return new Proxy(registry, {
    get(target, property) {
      if (isBroken() && property === 'prepare') return () => target.prepare('SELECT * FROM no_such_table');
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function setStatus(status: AccountStatus): Promise<void> {
  const sql = `UPDATE accounts SET body = json_set(body, '$.status', ?) WHERE id = 'account-active'`;
  await registry.prepare(sql).bind(status).run();
}

function bySlug(name: string): RouteName {
  return { by: 'slug', name };
}

function resolve(slug: string) {
  return routes.resolve(bySlug(slug));
}

/** What requests that found a kept route do in the background. */
const background: Promise<unknown>[] = [];

function kept(slug: string, from = routes) {
  return from.kept(bySlug(slug), (work) => background.push(work));
}

describe('RouteResolver', () => {
  it('takes the stack that serves, and none that does not yet or no more', async () => {
    const addStack = (id: string, status: string) =>
      registry
        .prepare(
          `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
           VALUES (?1, 'account-moved', ?2, 'eu', 'main', ?1, 'freehold', 'r', 0, 0)`,
        )
        .bind(id, status)
        .run();
    await registry
      .prepare(`INSERT INTO accounts (id, body, created_at, updated_at) VALUES ('account-moved', ?, 0, 0)`)
      .bind(JSON.stringify({ slug: 'is-moved', status: 'active' }))
      .run();
    for (const status of ['building', 'ready', 'claimed', 'retired']) await addStack(`a-${status}`, status);
    await expect(resolve('is-moved')).rejects.toMatchObject({ code: 'ACCOUNT_UNAVAILABLE' });
    await addStack('b-serving', 'serving');
    expect(await resolve('is-moved')).toMatchObject({ stackId: 'b-serving' });
  });

  it('finds the stack that serves the account', async () => {
    expect(await resolve('is-active')).toEqual({
      accountId: 'account-active',
      slug: 'is-active',
      residency: 'eu',
      stackId: 'stack-active',
      workerName: 'stack-active',
    });
  });

  it('is read anew by one request before it is too old, while the others go on with it', async () => {
    await resolve('is-active');
    now += 3_000;
    for (let request = 0; request < 50; request += 1) expect(kept('is-active')?.stackId).toBe('stack-active');
    await Promise.all(background);
    expect(reads).toBe(2);
    now += ROUTE_LIFETIME_MS - 1;
    expect(kept('is-active')?.stackId).toBe('stack-active');
  });

  it('goes as soon as a request finds that it does not serve any more', async () => {
    await resolve('is-active');
    now += 3_000;
    await setStatus('suspended');
    expect(kept('is-active')?.stackId).toBe('stack-active');
    await Promise.all(background);
    expect(kept('is-active')).toBeUndefined();
    await setStatus('active');
  });

  it('serves to its end where the registry does not answer, and no longer', async () => {
    let broken = false;
    const flaky = new RouteResolver({ registry: breaking(() => broken), now: () => now });
    await flaky.resolve(bySlug('is-active'));
    broken = true;
    now += ROUTE_LIFETIME_MS - 1;
    expect(kept('is-active', flaky)?.stackId).toBe('stack-active');
    await Promise.all(background);
    expect(kept('is-active', flaky)?.stackId).toBe('stack-active');
    now += 1;
    expect(kept('is-active', flaky)).toBeUndefined();
    await expect(flaky.resolve(bySlug('is-active'))).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });

  it('keeps the route for 5 seconds and not a millisecond longer', async () => {
    await resolve('is-active');
    now += ROUTE_LIFETIME_MS - 1;
    expect(kept('is-active')?.stackId).toBe('stack-active');
    now += 1;
    expect(kept('is-active')).toBeUndefined();
  });

  it('counts the lifetime from before the read began', async () => {
    const slow = new RouteResolver({
      registry: counted(registry),
      now: () => {
        now += 1000;
        return now;
      },
    });
    const before = now + 1000;
    await slow.resolve(bySlug('is-active'));
    now = before + ROUTE_LIFETIME_MS - 1000;
    expect(kept('is-active', slow)).toBeUndefined();
  });

  it('forgets a route when told to', async () => {
    await resolve('is-active');
    routes.forget('account-active');
    expect(kept('is-active')).toBeUndefined();
  });

  it('keeps nothing of a read that began before it was told to forget', async () => {
    const before = resolve('is-active');
    routes.forget('account-active');
    await before;
    expect(kept('is-active')).toBeUndefined();
    await Promise.all([resolve('is-active'), resolve('is-active')]);
    expect(kept('is-active')?.stackId).toBe('stack-active');
    expect(reads).toBe(3);
  });

  it.each([
    ['is-suspended', 'ACCOUNT_SUSPENDED'],
    ['is-provisioning', 'ACCOUNT_PROVISIONING'],
    ['is-failed', 'ACCOUNT_UNAVAILABLE'],
    ['is-deleting', 'ACCOUNT_NOT_FOUND'],
    ['is-deleted', 'ACCOUNT_NOT_FOUND'],
    ['is-unknown', 'ACCOUNT_NOT_FOUND'],
  ])('refuses %s with %s and keeps no route', async (slug, code) => {
    await expect(resolve(slug)).rejects.toMatchObject({ code });
    expect(kept(slug)).toBeUndefined();
    await expect(resolve(slug)).rejects.toMatchObject({ code });
    expect(reads).toBe(2);
  });

  it('answers REGISTRY_UNAVAILABLE where the registry does not answer, and asks again the next time', async () => {
    let broken = true;
    const unlucky = new RouteResolver({ registry: breaking(() => broken), now: () => now });
    const refused = { code: 'REGISTRY_UNAVAILABLE', status: 503 };
    await expect(unlucky.resolve(bySlug('is-active'))).rejects.toMatchObject(refused);
    broken = false;
    expect((await unlucky.resolve(bySlug('is-active'))).stackId).toBe('stack-active');
  });
});

describe('RouteResolver, by hostname', () => {
  const byHostname = (name: string): RouteName => ({ by: 'hostname', name });
  const keptBy = (name: RouteName) => routes.kept(name, (work) => background.push(work));

  beforeAll(async () => {
    const add = (hostname: string, account: string, status: string) =>
      registry
        .prepare(`INSERT INTO hostnames VALUES (?, ?, ?, NULL, NULL, 0, 0, 0)`)
        .bind(hostname, `account-${account}`, status);
    await registry.batch([
      add('is.hart.dev', 'active', 'active'),
      ...['pending', 'removing'].map((status) => add(`${status}.hart.dev`, 'active', status)),
      ...['suspended', 'deleting', 'deleted'].map((status) => add(`${status}.hart.dev`, status, 'active')),
      // What is one account's slug is another's hostname, as far as text goes.
      add('is-suspended', 'active', 'active'),
    ]);
  });

  it('leads where the slug leads, and names the account by its slug', async () => {
    const route = await routes.resolve(byHostname('is.hart.dev'));
    expect(route).toEqual(await resolve('is-active'));
    expect(keptBy(byHostname('is.hart.dev'))).toEqual(route);
  });

  it.each([
    ['pending.hart.dev', 'ACCOUNT_NOT_FOUND'],
    ['removing.hart.dev', 'ACCOUNT_NOT_FOUND'],
    ['nobody.hart.dev', 'ACCOUNT_NOT_FOUND'],
    ['deleting.hart.dev', 'ACCOUNT_NOT_FOUND'],
    ['deleted.hart.dev', 'ACCOUNT_NOT_FOUND'],
    ['suspended.hart.dev', 'ACCOUNT_SUSPENDED'],
  ])('refuses %s with %s', async (name, code) => {
    await expect(routes.resolve(byHostname(name))).rejects.toMatchObject({ code });
    expect(keptBy(byHostname(name))).toBeUndefined();
  });

  it('never takes a slug for a hostname, nor what is kept of one for the other', async () => {
    await expect(routes.resolve(byHostname('is-active'))).rejects.toMatchObject({
      code: 'ACCOUNT_NOT_FOUND',
    });
    await expect(resolve('is.hart.dev')).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
    await routes.resolve(byHostname('is-suspended'));
    expect(keptBy(byHostname('is-suspended'))?.accountId).toBe('account-active');
    expect(kept('is-suspended')).toBeUndefined();
    await expect(resolve('is-suspended')).rejects.toMatchObject({ code: 'ACCOUNT_SUSPENDED' });
  });

  it('forgets an account by all its names at once', async () => {
    await Promise.all([resolve('is-active'), routes.resolve(byHostname('is.hart.dev'))]);
    routes.forget('account-active');
    expect([kept('is-active'), keptBy(byHostname('is.hart.dev'))]).toEqual([undefined, undefined]);
  });
});
