import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { checked, readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { nowOf, verifiedAt } from '../faults/request-faults.ts';
import { checkedHostname } from './check-hostname.ts';
import { type CustomHostname, isActive, shownCustomHostname, sslSchema } from './custom-hostname.ts';
import {
  createCustomHostname,
  deleteCustomHostname,
  getCustomHostname,
  listCustomHostnames,
  updateCustomHostname,
} from './custom-hostname-store.ts';
import { requireZone } from './require-zone.ts';

const metadataSchema = z.record(z.string(), z.string()).optional();
const createSchema = z.object({
  hostname: z.string(),
  ssl: z.unknown().optional(),
  custom_metadata: metadataSchema,
});
const changeSchema = createSchema.omit({ hostname: true });

const listSchema = z.object({
  id: z.string().optional(),
  hostname: z.string().optional(),
  'hostname.exact': z.string().optional(),
  'hostname.contain': z.string().optional(),
  'hostname.startsWith': z.string().optional(),
  hostname_status: z.enum(['active', 'pending']).optional(),
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(5).max(50).default(20),
});

/** `/zones/{zone}/custom_hostnames` (Cloudflare for SaaS). */
export const customHostnameRoutes = new Hono<{ Bindings: Env }>()
  .post('/:zone/custom_hostnames', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const body = await readJson(c.req.raw, createSchema, 'HOSTNAME_BODY_MALFORMED');
    const hostname = checkedHostname(body.hostname);
    const ssl = checkedSsl(body.ssl);
    if (ssl !== undefined && (ssl.method === undefined || ssl.type === undefined)) {
      throw new ApiError(
        'HOSTNAME_SSL_INCOMPLETE',
        'Both validation type and validation method are required.',
      );
    }
    const verified_at = verifiedAt(c.env, c.req.raw);
    const { custom_metadata } = body;
    const given = { zone_id: zone.id, hostname, verified_at, body: { ssl, custom_metadata } };
    // Verified or not, Cloudflare finds out only after it has answered.
    return c.json(envelope(shownCustomHostname(await createCustomHostname(c.env, given), false)), 201);
  })
  .get('/:zone/custom_hostnames', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const query = checked(c.req.query(), listSchema, 'ZONE_QUERY_INVALID');
    const { page, per_page } = query;
    const filter = {
      id: query.id,
      exact: query['hostname.exact'] ?? query.hostname,
      contain: query['hostname.contain'],
      startsWith: query['hostname.startsWith'],
      active: query.hostname_status && query.hostname_status === 'active',
      now: nowOf(c.env),
    };
    const { found, total } = await listCustomHostnames(c.env, zone.id, filter, {
      limit: per_page,
      offset: (page - 1) * per_page,
    });
    const info = { page, per_page, count: found.length, total_count: total };
    return c.json(
      envelope(
        found.map((one) => shown(c.env, one)),
        info,
      ),
    );
  })
  .get('/:zone/custom_hostnames/:id', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    return c.json(envelope(shown(c.env, await getCustomHostname(c.env, zone.id, c.req.param('id')))));
  })
  .patch('/:zone/custom_hostnames/:id', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const present = await getCustomHostname(c.env, zone.id, c.req.param('id'));
    const given = await readJson(c.req.raw, changeSchema, 'HOSTNAME_BODY_MALFORMED');
    const ssl = checkedSsl(given.ssl);
    const changed = await updateCustomHostname(c.env, present, {
      ssl: ssl === undefined ? present.body.ssl : { ...present.body.ssl, ...ssl },
      custom_metadata: given.custom_metadata ?? present.body.custom_metadata,
    });
    return c.json(envelope(shown(c.env, changed)), 202);
  })
  .delete('/:zone/custom_hostnames/:id', async (c) => {
    const zone = requireZone(c.env, c.req.param('zone'));
    const id = c.req.param('id');
    await deleteCustomHostname(c.env, zone.id, id);
    // Without the envelope, as Cloudflare documents it and the SDK reads it.
    return c.json({ id });
  });

function shown(env: Env, found: CustomHostname): Record<string, unknown> {
  return shownCustomHostname(found, isActive(found, nowOf(env)));
}

function checkedSsl(given: unknown): z.infer<typeof sslSchema> | undefined {
  if (given === undefined) return undefined;
  const parsed = sslSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path[0];
  if (field === 'method') {
    throw new ApiError('HOSTNAME_SSL_METHOD_INVALID', 'ssl.method: only http, email and txt are accepted.');
  }
  if (field === 'type') throw new ApiError('HOSTNAME_SSL_TYPE_INVALID', "ssl.type: only 'dv' is accepted.");
  throw new ApiError('HOSTNAME_SSL_INVALID', 'The SSL attribute is invalid.');
}
