/**
 * How long a route may be used without asking the registry: 5 seconds. This is the published bound within which a
 * suspension or a deletion holds everywhere.
 */
export const ROUTE_LIFETIME_MS = 5_000;

/**
 * How long a slug that an account gave up is kept from others: 10 seconds, twice as long as any isolate may still lead
 * it to the account that had it.
 */
export const RELEASED_SLUG_KEPT_MS = 2 * ROUTE_LIFETIME_MS;
