import type { WorkerRoute } from '../workers/route-store.ts';

/**
 * The script that the most exact route for the host names; undefined where that has none, or no route matches. Only the hosts of
 * patterns are looked at, not their paths.
 */
export function scriptFor(
  hostname: string,
  routes: readonly Pick<WorkerRoute, 'pattern' | 'script'>[],
): string | undefined {
  const [best] = routes
    .map(({ pattern, script }) => ({ host: pattern.replace(/^\w+:\/\//, '').replace(/\/.*$/, ''), script }))
    .filter(({ host }) => matches(hostname, host))
    .sort((one, other) => exactness(other.host) - exactness(one.host));
  return best?.script;
}

function matches(hostname: string, host: string): boolean {
  return host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host;
}

/** A host without a wildcard is the most exact; of two with one, the longer. */
function exactness(host: string): number {
  return host.startsWith('*') ? host.length : Number.POSITIVE_INFINITY;
}
