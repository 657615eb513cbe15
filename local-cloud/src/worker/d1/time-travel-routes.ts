import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { checked } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { getDatabase } from './database-store.ts';
import { ensureFile, restoreDatabase } from './restore-database.ts';
import { readBookmark } from './time-travel-client.ts';

const timestamp = z.iso
  .datetime({ offset: true, error: 'Invalid timestamp: use ISO 8601' })
  .transform((text) => Date.parse(text))
  .refine((at) => at <= Date.now(), 'Invalid timestamp: it lies in the future');

const bookmarkSchema = z.object({ timestamp: timestamp.optional() });

const restoreSchema = z
  .object({ bookmark: z.string().min(1).optional(), timestamp: timestamp.optional() })
  .refine(
    (query) => (query.bookmark === undefined) !== (query.timestamp === undefined),
    'Give either a bookmark or a timestamp',
  );

/** `/accounts/{account}/d1/database/{uuid}/time_travel`. */
export const timeTravelRoutes = new Hono<{ Bindings: Env }>()
  .get('/:uuid/time_travel/bookmark', async (c) => {
    const { row, binding } = await getDatabase(c.env, c.req.param('uuid'));
    const query = checked(c.req.query(), bookmarkSchema, 'DATABASE_PROPERTY_INVALID');
    await ensureFile(binding);
    return c.json(envelope({ bookmark: await readBookmark(c.env, row.uuid, query.timestamp) }));
  })
  .post('/:uuid/time_travel/restore', async (c) => {
    const { row } = await getDatabase(c.env, c.req.param('uuid'));
    const query = checked(c.req.query(), restoreSchema, 'DATABASE_PROPERTY_INVALID');
    return c.json(envelope(await restoreDatabase(c.env, row.uuid, query)));
  });
