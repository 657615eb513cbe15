import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { requireZone } from '../zones/require-zone.ts';
import { createRoute, listRoutes } from './route-store.ts';
import { getWorker } from './worker-store.ts';

/** A route without a script keeps what it matches from those of wider patterns. */
const routeSchema = z.object({ pattern: z.string().min(1), script: z.string().optional() });

/** `/zones/{zone}/workers/routes`. */
export const zoneRouteRoutes = new Hono<{ Bindings: Env }>()
  .get('/:zone/workers/routes', async (c) =>
    c.json(envelope(await listRoutes(c.env, requireZone(c.env, c.req.param('zone')).id))),
  )
  .post('/:zone/workers/routes', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const { pattern, script } = await readJson(c.req.raw, routeSchema, 'SCRIPT_INVALID');
    if (script !== undefined) await getWorker(c.env, script);
    return c.json(envelope(await createRoute(c.env, zone.id, { pattern, ...(script && { script }) })));
  });
