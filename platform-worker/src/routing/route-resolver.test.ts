import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { answeringRegistry } from '../registry/answering-registry.ts';
import { RouteResolver } from './route-resolver.ts';

let registry: D1Database;
let stop: () => Promise<void>;
let now = 0;
let reads = 0;
let routes: RouteResolver;

beforeAll(async () => {
  ({ registry, stop } = await startRegistry());
  await registry.batch([
    registry.prepare(`INSERT INTO releases VALUES ('r', 1, 0, 0)`),
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

function resolve(slug: string) {
  return routes.resolve(slug, () => undefined);
}

describe('RouteResolver', () => {
  it('finds the stack that serves the account', async () => {
    expect(await resolve('is-active')).toEqual({
      accountId: 'account-active',
      slug: 'is-active',
      residency: 'eu',
      stackId: 'stack-active',
      workerName: 'stack-active',
    });
  });

  it('reads the registry once for requests at the same time', async () => {
    await Promise.all(Array.from({ length: 50 }, () => resolve('is-active')));
    expect(reads).toBe(1);
  });

  it('keeps the route for 5 seconds and not a millisecond longer', async () => {
    await resolve('is-active');
    now += ROUTE_LIFETIME_MS - 1;
    expect(routes.kept('is-active')?.stackId).toBe('stack-active');
    now += 1;
    expect(routes.kept('is-active')).toBeUndefined();
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
    await slow.resolve('is-active', () => undefined);
    now = before + ROUTE_LIFETIME_MS - 1000;
    expect(slow.kept('is-active')).toBeUndefined();
  });

  it('forgets a route when told to', async () => {
    await resolve('is-active');
    routes.forget('is-active');
    expect(routes.kept('is-active')).toBeUndefined();
  });

  it('keeps nothing of a read that began before it was told to forget', async () => {
    const before = resolve('is-active');
    routes.forget('is-active');
    await before;
    expect(routes.kept('is-active')).toBeUndefined();
    await Promise.all([resolve('is-active'), resolve('is-active')]);
    expect(routes.kept('is-active')?.stackId).toBe('stack-active');
    expect(reads).toBe(2);
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
    expect(routes.kept(slug)).toBeUndefined();
    await expect(resolve(slug)).rejects.toMatchObject({ code });
    expect(reads).toBe(2);
  });

  it('answers REGISTRY_UNAVAILABLE where the registry does not answer, and asks again the next time', async () => {
    let broken = true;
    const flaky = new Proxy(registry, {
      get(target, property) {
        if (broken && property === 'prepare') return () => target.prepare('SELECT * FROM no_such_table');
        const value: unknown = Reflect.get(target, property);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const unlucky = new RouteResolver({ registry: answeringRegistry(flaky), now: () => now });
    const refused = { code: 'REGISTRY_UNAVAILABLE', status: 503 };
    await expect(unlucky.resolve('is-active', () => undefined)).rejects.toMatchObject(refused);
    broken = false;
    expect((await unlucky.resolve('is-active', () => undefined)).stackId).toBe('stack-active');
  });
});
