import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { requireZone } from './require-zone.ts';

const originSchema = z.object({ origin: z.string().min(1).max(255) });

interface FallbackOrigin {
  origin: string;
  created_at: string;
  updated_at: string;
}

/** `/zones/{zone}/custom_hostnames/fallback_origin`: one a zone. It is on its way in the answer that sets it, and active from then on. */
export const fallbackOriginRoutes = new Hono<{ Bindings: Env }>()
  .get('/:zone/custom_hostnames/fallback_origin', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const found = await c.env.STATE.prepare(
      'SELECT origin, created_at, updated_at FROM fallback_origins WHERE zone_id = ?',
    )
      .bind(zone.id)
      .first<FallbackOrigin>();
    if (found === null) throw new ApiError('FALLBACK_ORIGIN_NOT_FOUND', 'Resource not found.');
    return c.json(envelope({ ...found, status: 'active' }));
  })
  .put('/:zone/custom_hostnames/fallback_origin', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const { origin } = await readJson(c.req.raw, originSchema, 'HOSTNAME_BODY_MALFORMED');
    const set = await c.env.STATE.prepare(
      `INSERT INTO fallback_origins (zone_id, origin, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)
       ON CONFLICT (zone_id) DO UPDATE SET origin = excluded.origin, updated_at = excluded.updated_at
       RETURNING origin, created_at, updated_at`,
    )
      .bind(zone.id, origin, new Date().toISOString())
      .first<FallbackOrigin>();
    return c.json(envelope({ ...set, status: 'initializing' }));
  });
