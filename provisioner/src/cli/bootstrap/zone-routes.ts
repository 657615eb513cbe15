import { CliError } from '../cli-error.ts';
import type { Setup, SetupFacts } from './bootstrap-step.ts';

/** Which routes a deployment has in the zone of its domain, by their patterns. */
export interface ZoneRoutes {
  /** Those that lead to the platform, which wrangler makes. */
  readonly toPlatform: readonly string[];
  /** Those without a Worker, which wrangler cannot make: they keep the zone's other hosts to themselves. */
  readonly bypasses: readonly string[];
}

/**
 * A custom hostname comes to a Worker by the route of every host that comes to the zone. Where the zone has more hosts than the
 * platform's, more exact routes without a Worker keep those as they were (Cloudflare for SaaS, "Workers as your fallback origin",
 * November 2026).
 */
export function zoneRoutes(domain: string, { zone, hostnameZoneId }: SetupFacts): ZoneRoutes {
  const own = hostsOf(domain);
  if (!hostnameZoneId) return { toPlatform: own, bypasses: [] };
  const isWhole = zone === undefined || zone.name === domain;
  return { toPlatform: [...own, '*/*'], bypasses: isWhole ? [] : hostsOf(zone.name) };
}

function hostsOf(domain: string): string[] {
  return [`${domain}/*`, `*.${domain}/*`];
}

/** Which of them are not there, a phrase each. Error: `ROUTE_TAKEN` where one leads to another Worker. */
export async function missingRoutes(
  { account, config, options }: Setup,
  { toPlatform, bypasses }: ZoneRoutes,
  zoneId: string,
): Promise<string[]> {
  const made = await account.listRoutes(zoneId);
  const missing: string[] = [];
  for (const pattern of toPlatform) {
    const route = made.find((candidate) => candidate.pattern === pattern);
    if (route === undefined) missing.push(`the route ${pattern}`);
    else if (route.script !== config.name) throw routeTaken(pattern, route.script, options.domain);
  }
  // Whatever somebody else has put there keeps the host from us as well.
  const leadsHere = (pattern: string) =>
    made.every((route) => route.pattern !== pattern || route.script === config.name);
  return [...missing, ...bypasses.filter(leadsHere).map(withoutWorker)];
}

/** Such a route, as a phrase. */
export function withoutWorker(pattern: string): string {
  return `the route ${pattern} without a Worker`;
}

/** Makes those without a Worker whose pattern no route has. */
export async function makeBypasses(
  { account }: Setup,
  { bypasses }: ZoneRoutes,
  zoneId: string,
): Promise<void> {
  const made = await account.listRoutes(zoneId);
  for (const pattern of bypasses) {
    if (!made.some((route) => route.pattern === pattern)) await account.createBypass(zoneId, pattern);
  }
}

function routeTaken(pattern: string, script: string | undefined, domain: string): CliError {
  return new CliError({
    code: 'ROUTE_TAKEN',
    message: `The route ${pattern} leads to ${script ?? 'no Worker'}.`,
    next: `Remove that route if ${domain} is to be the platform's.`,
    context: { pattern, script },
  });
}
