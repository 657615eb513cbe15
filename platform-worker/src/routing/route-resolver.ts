import type { AccountStatus, Residency } from '#shared-schema/accounts/account.ts';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** How many routes an isolate keeps. An entry is under 500 bytes, so at most about 5 MB. */
export const ROUTES_KEPT = 10_000;

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

/**
 * Finds which stack serves an account. Only routes that serve are kept, so a new or resumed account is never kept
 * waiting; requests for the same slug share one read.
 *
 * Errors: `ACCOUNT_NOT_FOUND`, `ACCOUNT_PROVISIONING`, `ACCOUNT_SUSPENDED`, `ACCOUNT_UNAVAILABLE`; `REGISTRY_UNAVAILABLE`
 * where the registry does not answer and no route is kept: never a guess.
 */
export class RouteResolver {
  readonly #options: RouteResolverOptions;
  readonly #routes = new Map<string, { readonly route: AccountRoute; readonly expiresAt: number }>();
  readonly #reads = new Map<string, Promise<AccountRoute>>();

  constructor(options: RouteResolverOptions) {
    this.#options = options;
  }

  /** The route where one is kept and young enough, without waiting; else undefined. */
  kept(slug: string): AccountRoute | undefined {
    const kept = this.#routes.get(slug);
    return kept && kept.expiresAt > this.#options.now() ? kept.route : undefined;
  }

  /** `keepAlive` holds the request open until the read has ended, for others wait for it too. */
  resolve(slug: string, keepAlive: (read: Promise<unknown>) => void): Promise<AccountRoute> {
    const reading = this.#reads.get(slug);
    // A promise of the caller's own: what goes on after another request's would go on in that request, and break.
    if (reading) return new Promise((resolve, reject) => reading.then(resolve, reject));
    const readAt = this.#options.now();
    const read = this.#read(slug);
    this.#reads.set(slug, read);
    keepAlive(
      read.then(
        (route) => this.#endRead(slug, read) && this.#keep(route, readAt + ROUTE_LIFETIME_MS),
        () => this.#endRead(slug, read),
      ),
    );
    return read;
  }

  /** Forgets the route in this isolate, so that what was just acknowledged holds from the next request on. */
  forget(slug: string): void {
    this.#routes.delete(slug);
    // A read that is under way may have seen what was before: what it finds is not kept.
    this.#reads.delete(slug);
  }

  /** Whether the slug was not forgotten since the read began. */
  #endRead(slug: string, read: Promise<AccountRoute>): boolean {
    if (this.#reads.get(slug) !== read) return false;
    return this.#reads.delete(slug);
  }

  async #read(slug: string): Promise<AccountRoute> {
    const row = await this.#readRow(slug);
    if (!row) throw new PlatformError('ACCOUNT_NOT_FOUND');
    if (row.status !== 'active') {
      const code = REFUSALS[row.status];
      throw new PlatformError(code, code === 'ACCOUNT_PROVISIONING' ? { retryAfterMs: 1000 } : {});
    }
    const { id: accountId, stack_id: stackId, worker_name: workerName, residency } = row;
    if (stackId === null || workerName === null || residency === null) {
      throw new PlatformError('ACCOUNT_UNAVAILABLE');
    }
    return { accountId, slug, stackId, workerName, residency };
  }

  #readRow(slug: string): Promise<RouteRow | null> {
    return this.#options.registry
      .prepare(
        `SELECT accounts.id, accounts.slug, accounts.status, stacks.id AS stack_id, stacks.worker_name,
           stacks.residency
         FROM accounts LEFT JOIN stacks ON stacks.account_id = accounts.id AND stacks.status = 'serving'
         WHERE accounts.slug = ? AND accounts.status <> 'deleted'`,
      )
      .bind(slug)
      .first<RouteRow>();
  }

  #keep(route: AccountRoute, expiresAt: number): void {
    this.#routes.delete(route.slug);
    if (this.#routes.size >= ROUTES_KEPT) {
      const oldest = this.#routes.keys().next();
      if (!oldest.done) this.#routes.delete(oldest.value);
    }
    this.#routes.set(route.slug, { route, expiresAt });
  }
}
