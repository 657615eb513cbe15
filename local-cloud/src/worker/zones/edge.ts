import type { Env, Zone } from '../env.ts';
import { nowOf } from '../faults/request-faults.ts';
import { prepareState } from '../state/prepare-state.ts';
import { listRoutes } from '../workers/route-store.ts';
import { isActive } from './custom-hostname.ts';
import { findCustomHostname } from './custom-hostname-store.ts';
import { scriptFor } from './script-for.ts';

/**
 * Answers 204 where requests for a host are let through, else 404: to the Worker that serves a zone for `/zones/<zone>/<hostname>`, by the
 * routes there are for `/workers/<worker>/<hostname>`.
 */
export const edge = {
  async fetch(request, env, ctx) {
    await prepareState(env, ctx);
    const [, by, of, hostname = ''] = new URL(request.url).pathname.split('/');
    const zone = await zoneOf(hostname, env);
    const open =
      by === 'zones'
        ? zone?.id === of
        : zone !== undefined && scriptFor(hostname, await listRoutes(env, zone.id)) === of;
    return new Response(null, { status: open ? 204 : 404 });
  },
} satisfies ExportedHandler<Env>;

/** The zone that the host lies in, or whose active custom hostname it is. */
async function zoneOf(hostname: string, env: Env): Promise<Zone | undefined> {
  const own = env.ZONES.find(({ name }) => hostname === name || hostname.endsWith(`.${name}`));
  if (own !== undefined) return own;
  const found = await findCustomHostname(env, hostname);
  return found && isActive(found, nowOf(env)) ? env.ZONES.find(({ id }) => id === found.zone_id) : undefined;
}
