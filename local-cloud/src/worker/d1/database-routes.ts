import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { checked, readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { listAsOf } from '../faults/request-faults.ts';
import {
  createDatabase,
  type DatabaseRow,
  deleteDatabase,
  findUuid,
  getDatabase,
  listDatabases,
  setReadReplication,
} from './database-store.ts';
import { queryRequestSchema, runQuery } from './run-query.ts';

const readReplicationSchema = z.strictObject({ mode: z.enum(['auto', 'disabled']) });

const createSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9_-]+$/, 'Invalid database name: use letters, digits, - and _'),
  jurisdiction: z.enum(['eu', 'fedramp', 'us']).optional(),
  primary_location_hint: z.enum(['wnam', 'enam', 'weur', 'eeur', 'apac', 'oc']).optional(),
  read_replication: readReplicationSchema.optional(),
});

const updateSchema = z.strictObject({ read_replication: readReplicationSchema });

const listSchema = z.object({
  name: z.string().default(''),
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(10_000).default(1000),
});

/** `/accounts/{account}/d1/database`. */
export const databaseRoutes = new Hono<{ Bindings: Env }>()
  .post('/', async (c) => {
    const body = await readJson(c.req.raw, createSchema, 'DATABASE_PROPERTY_INVALID');
    const row = await createDatabase(c.env, {
      name: body.name,
      jurisdiction: body.jurisdiction ?? null,
      readReplication: body.read_replication?.mode ?? 'disabled',
    });
    return c.json(envelope({ ...summary(row), num_tables: 0, file_size: 8192 }));
  })
  .get('/', async (c) => {
    const query = checked(c.req.query(), listSchema, 'DATABASE_PROPERTY_INVALID');
    const { rows, total } = await listDatabases(c.env, {
      search: query.name,
      asOf: listAsOf(c.env, c.req.raw),
      limit: query.per_page,
      offset: (query.page - 1) * query.per_page,
    });
    const info = { page: query.page, per_page: query.per_page, count: rows.length, total_count: total };
    return c.json(envelope(rows.map(summary), info));
  })
  .get('/:uuid', async (c) => {
    // Wrangler asks for a database by its name here.
    const uuid = await findUuid(c.env, c.req.param('uuid'));
    return c.json(envelope(await details(c.env, uuid)));
  })
  .patch('/:uuid', async (c) => c.json(envelope(await update(c.env, c.req.param('uuid'), c.req.raw))))
  .put('/:uuid', async (c) => c.json(envelope(await update(c.env, c.req.param('uuid'), c.req.raw))))
  .delete('/:uuid', async (c) => {
    await deleteDatabase(c.env, c.req.param('uuid'));
    return c.json(envelope(null));
  })
  .post('/:uuid/query', async (c) => {
    const { binding } = await getDatabase(c.env, c.req.param('uuid'));
    const body = await readJson(c.req.raw, queryRequestSchema, 'DATABASE_PROPERTY_INVALID');
    return c.json(envelope(await runQuery(binding, body, 'objects')));
  })
  .post('/:uuid/raw', async (c) => {
    const { binding } = await getDatabase(c.env, c.req.param('uuid'));
    const body = await readJson(c.req.raw, queryRequestSchema, 'DATABASE_PROPERTY_INVALID');
    return c.json(envelope(await runQuery(binding, body, 'raw')));
  });

function summary(row: DatabaseRow): Record<string, unknown> {
  return {
    uuid: row.uuid,
    name: row.name,
    created_at: row.created_at,
    version: 'production',
    jurisdiction: row.jurisdiction,
    read_replication: { mode: row.read_replication },
  };
}

async function details(env: Env, uuid: string): Promise<Record<string, unknown>> {
  const { row, binding } = await getDatabase(env, uuid);
  const { results, meta } = await binding
    .prepare(
      `SELECT count(*) AS tables FROM sqlite_master WHERE type = 'table'
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`,
    )
    .all<{ tables: number }>();
  return { ...summary(row), num_tables: results[0]?.tables ?? 0, file_size: meta.size_after };
}

async function update(env: Env, uuid: string, request: Request): Promise<Record<string, unknown>> {
  await getDatabase(env, uuid);
  const body = await readJson(request, updateSchema, 'DATABASE_PROPERTY_INVALID');
  await setReadReplication(env, uuid, body.read_replication.mode);
  return await details(env, uuid);
}
