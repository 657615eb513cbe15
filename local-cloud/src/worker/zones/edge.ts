import type { Env } from '../env.ts';
import { nowOf } from '../faults/request-faults.ts';
import { prepareState } from '../state/prepare-state.ts';
import { isActive } from './custom-hostname.ts';
import { findCustomHostname } from './custom-hostname-store.ts';

/** Answers 204 where requests for `/<zone>/<hostname>` are let through to the zone's Worker, else 404. */
export const edge = {
  async fetch(request, env, ctx) {
    await prepareState(env, ctx);
    const [, zoneId, hostname = ''] = new URL(request.url).pathname.split('/');
    const found = await findCustomHostname(env, hostname);
    const open = found !== undefined && found.zone_id === zoneId && isActive(found, nowOf(env));
    return new Response(null, { status: open ? 204 : 404 });
  },
} satisfies ExportedHandler<Env>;
