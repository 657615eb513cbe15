import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { nowOf, verifiedAt } from '../faults/request-faults.ts';
import { requireZone } from './require-zone.ts';

const originSchema = z.object({ origin: z.string().min(1).max(255) });

interface FallbackOrigin {
  origin: string;
  /** When its DNS is found to be as it must: milliseconds since the Unix epoch, null for not yet. */
  active_at: number | null;
  created_at: string;
  updated_at: string;
}

const COLUMNS = 'origin, active_at, created_at, updated_at';

/** `/zones/{zone}/custom_hostnames/fallback_origin`: one a zone. It is on its way in the answer that sets it. */
export const fallbackOriginRoutes = new Hono<{ Bindings: Env }>()
  .get('/:zone/custom_hostnames/fallback_origin', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const found = await c.env.STATE.prepare(`SELECT ${COLUMNS} FROM fallback_origins WHERE zone_id = ?`)
      .bind(zone.id)
      .first<FallbackOrigin>();
    if (found === null) throw new ApiError('FALLBACK_ORIGIN_NOT_FOUND', 'Resource not found.');
    return c.json(envelope(shown(found, nowOf(c.env))));
  })
  .put('/:zone/custom_hostnames/fallback_origin', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const { origin } = await readJson(c.req.raw, originSchema, 'HOSTNAME_BODY_MALFORMED');
    const set = await c.env.STATE.prepare(
      `INSERT INTO fallback_origins (zone_id, origin, active_at, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
       ON CONFLICT (zone_id) DO UPDATE SET
         origin = excluded.origin, active_at = excluded.active_at, updated_at = excluded.updated_at
       RETURNING ${COLUMNS}`,
    )
      .bind(zone.id, origin, verifiedAt(c.env, c.req.raw), new Date().toISOString())
      .first<FallbackOrigin>();
    return c.json(envelope({ ...set, active_at: undefined, status: 'initializing' }));
  });

function shown({ active_at, ...found }: FallbackOrigin, now: number): Record<string, unknown> {
  if (active_at !== null && active_at <= now) return { ...found, status: 'active' };
  const errors = ['DNS records are not setup correctly. Origin should be a proxied A/AAAA/CNAME dns record'];
  return { ...found, status: 'pending_deployment', errors };
}
