import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { checked } from '../api/read-body.ts';
import type { Env, Zone } from '../env.ts';
import { requireZone } from './require-zone.ts';

const listSchema = z.object({
  name: z.string().optional(),
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(5).max(50).default(20),
});

/** `/zones`: the zones the cloud was started with. */
export const zoneRoutes = new Hono<{ Bindings: Env }>()
  .get('/', (c) => {
    const { name, page, per_page } = checked(c.req.query(), listSchema, 'ZONE_QUERY_INVALID');
    const zones = c.env.ZONES.filter((zone) => name === undefined || zone.name === name);
    const shown = zones.slice((page - 1) * per_page, page * per_page);
    const info = { page, per_page, count: shown.length, total_count: zones.length };
    return c.json(
      envelope(
        shown.map((zone) => shownZone(zone, c.env)),
        info,
      ),
    );
  })
  .get('/:zone', (c) => c.json(envelope(shownZone(requireZone(c.env, c.req.param('zone')), c.env))));

function shownZone({ id, name }: Zone, env: Env): Record<string, unknown> {
  return {
    id,
    name,
    status: 'active',
    paused: false,
    type: 'full',
    account: { id: env.ACCOUNT_ID, name: 'Local cloud' },
  };
}
