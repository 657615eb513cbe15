import { Hono } from 'hono';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { getDatabase } from './database-store.ts';
import { exportDatabase, exportRequestSchema } from './export-database.ts';
import { importDatabase, importRequestSchema } from './import-database.ts';

/** `/accounts/{account}/d1/database/{uuid}/export` and `/import`. */
export const transferRoutes = new Hono<{ Bindings: Env }>()
  .post('/:uuid/export', async (c) => {
    const database = await getDatabase(c.env, c.req.param('uuid'));
    const body = await readJson(c.req.raw, exportRequestSchema, 'DATABASE_PROPERTY_INVALID');
    return c.json(envelope(await exportDatabase(c.env, database, body, new URL(c.req.url).origin)));
  })
  .post('/:uuid/import', async (c) => {
    const database = await getDatabase(c.env, c.req.param('uuid'));
    const body = await readJson(c.req.raw, importRequestSchema, 'DATABASE_PROPERTY_INVALID');
    return c.json(envelope(await importDatabase(c.env, database, body, new URL(c.req.url).origin)));
  });
