import type { AccountStatus, Residency } from '#shared-schema/accounts/account.ts';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { type RouteName, routeKey } from './route-name.ts';

/** How many routes an isolate keeps. An entry is under 500 bytes, so at most about 5 MB. */
export const ROUTES_KEPT = 10_000;

/** A route in use is read anew when it is this old, at most so often. */
const REFRESH_AFTER_MS = 3_000;
const REFRESH_EVERY_MS = 1_000;

export interface AccountRoute {
  readonly accountId: string;
  readonly slug: string;
  readonly stackId: string;
  readonly workerName: string;
  readonly residency: Residency;
}

export interface RouteResolverOptions {
  readonly registry: D1Database;
  readonly now: () => number;
}

interface RouteRow {
  readonly id: string;
  readonly slug: string;
  readonly status: AccountStatus;
  readonly stack_id: string | null;
  readonly worker_name: string | null;
  readonly residency: Residency | null;
}

/** How a status that does not serve is answered. What is gone looks like what never was. */
const REFUSALS: Readonly<Record<Exclude<AccountStatus, 'active'>, ErrorCode>> = {
  provisioning: 'ACCOUNT_PROVISIONING',
  suspended: 'ACCOUNT_SUSPENDED',
  failed: 'ACCOUNT_UNAVAILABLE',
  deleting: 'ACCOUNT_NOT_FOUND',
  deleted: 'ACCOUNT_NOT_FOUND',
};

/** Which account has the name. A hostname that is not active is nobody's. */
const NAMED: Readonly<Record<RouteName['by'], string>> = {
  slug: 'accounts.slug = ?',
  hostname: `accounts.id = (SELECT account_id FROM hostnames WHERE hostname = ? AND status = 'active')`,
};

interface KeptRoute {
  readonly route: AccountRoute;
  readonly readAt: number;
  /** When a request last began to read it anew; 0 where none did. */
  refreshedAt: number;
}

/**
 * Finds which stack serves an account. Only routes that serve are kept, so a new or resumed account is never kept
 * waiting. A route in use is read anew before it is too old, by one request while the others go on with it.
 *
 * Requests share what was read and never a promise: a promise of one request that others await dies with that request,
 * and workerd (2026-11) may go on with theirs in its name (docs/decisions/0027).
 *
 * Errors: `ACCOUNT_NOT_FOUND`, `ACCOUNT_PROVISIONING`, `ACCOUNT_SUSPENDED`, `ACCOUNT_UNAVAILABLE`; `REGISTRY_UNAVAILABLE`
 * where the registry does not answer and no route is kept: never a guess.
 */
export class RouteResolver {
  readonly #options: RouteResolverOptions;
  readonly #routes = new Map<string, KeptRoute>();
  /** Raised by each forgetting: what a read that began before it finds is not kept. */
  #forgettings = 0;

  constructor(options: RouteResolverOptions) {
    this.#options = options;
  }

  /** The route where one is kept and young enough, without waiting; else undefined. `keepAlive` holds the request open. */
  kept(name: RouteName, keepAlive: (work: Promise<unknown>) => void): AccountRoute | undefined {
    const kept = this.#routes.get(routeKey(name));
    const now = this.#options.now();
    if (!kept || now >= kept.readAt + ROUTE_LIFETIME_MS) return undefined;
    const due = Math.max(kept.readAt + REFRESH_AFTER_MS, kept.refreshedAt + REFRESH_EVERY_MS);
    if (now >= due) {
      kept.refreshedAt = now;
      keepAlive(this.#refresh(name, kept));
    }
    return kept.route;
  }

  async resolve(name: RouteName): Promise<AccountRoute> {
    const readAt = this.#options.now();
    const forgettings = this.#forgettings;
    const route = await this.#read(name);
    if (this.#forgettings === forgettings) this.#keep(routeKey(name), { route, readAt, refreshedAt: 0 });
    return route;
  }

  /** Forgets the account's routes in this isolate, so that what was just acknowledged holds from the next request on. */
  forget(accountId: string): void {
    for (const [key, { route }] of this.#routes) {
      if (route.accountId === accountId) this.#routes.delete(key);
    }
    this.#forgettings += 1;
  }

  /** A route that does not serve any more goes at once; where the registry does not answer, the route serves to its end. */
  async #refresh(name: RouteName, kept: KeptRoute): Promise<void> {
    try {
      await this.resolve(name);
    } catch (thrown) {
      const unknown = asPlatformError(thrown).code === 'REGISTRY_UNAVAILABLE';
      const key = routeKey(name);
      if (!unknown && this.#routes.get(key) === kept) this.#routes.delete(key);
    }
  }

  async #read(name: RouteName): Promise<AccountRoute> {
    const row = await this.#readRow(name);
    if (!row) throw new PlatformError('ACCOUNT_NOT_FOUND');
    if (row.status !== 'active') {
      const code = REFUSALS[row.status];
      throw new PlatformError(code, code === 'ACCOUNT_PROVISIONING' ? { retryAfterMs: 1000 } : {});
    }
    const { id: accountId, slug, stack_id: stackId, worker_name: workerName, residency } = row;
    if (stackId === null || workerName === null || residency === null) {
      throw new PlatformError('ACCOUNT_UNAVAILABLE');
    }
    return { accountId, slug, stackId, workerName, residency };
  }

  async #readRow({ by, name }: RouteName): Promise<RouteRow | null> {
    try {
      return await this.#options.registry
        .prepare(
          `SELECT accounts.id, accounts.slug, accounts.status, stacks.id AS stack_id, stacks.worker_name,
             stacks.residency
           FROM accounts LEFT JOIN stacks ON stacks.account_id = accounts.id AND stacks.status = 'serving'
           WHERE ${NAMED[by]} AND accounts.status <> 'deleted'`,
        )
        .bind(name)
        .first<RouteRow>();
    } catch (cause) {
      throw new PlatformError('REGISTRY_UNAVAILABLE', { cause, retryAfterMs: 1000 });
    }
  }

  #keep(key: string, kept: KeptRoute): void {
    if ((this.#routes.get(key)?.readAt ?? 0) > kept.readAt) return;
    this.#routes.delete(key);
    if (this.#routes.size >= ROUTES_KEPT) {
      const oldest = this.#routes.keys().next();
      if (!oldest.done) this.#routes.delete(oldest.value);
    }
    this.#routes.set(key, kept);
  }
}
