import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { checked, readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { createBucket, getBucket, listBuckets } from './bucket-store.ts';

/** Names the jurisdiction of a call; without it, the one that restricts nothing. */
const JURISDICTION_HEADER = 'cf-r2-jurisdiction';

const jurisdictionSchema = z.enum(['default', 'eu', 'us', 'fedramp', 'fedramp-high']);

const createSchema = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'The specified bucket name is not valid.'),
  locationHint: z.enum(['apac', 'eeur', 'enam', 'weur', 'wnam', 'oc']).default('weur'),
  storageClass: z.enum(['Standard', 'InfrequentAccess']).default('Standard'),
});

const listSchema = z.object({
  name_contains: z.string().default(''),
  start_after: z.string().default(''),
  cursor: z.string().optional(),
  direction: z.enum(['asc', 'desc']).default('asc'),
  per_page: z.coerce.number().int().min(1).max(1000).default(20),
});

/** `/accounts/{account}/r2/buckets`: which buckets there are. Objects are reached through bindings only. */
export const bucketRoutes = new Hono<{ Bindings: Env }>()
  .post('/', async (c) => {
    const body = await readJson(c.req.raw, createSchema, 'BUCKET_NAME_INVALID');
    const bucket = {
      name: body.name,
      jurisdiction: jurisdictionOf(c),
      creation_date: new Date().toISOString(),
      location: body.locationHint,
      storage_class: body.storageClass,
    };
    await createBucket(c.env, bucket);
    return c.json(envelope(bucket));
  })
  .get('/', async (c) => {
    const query = checked(c.req.query(), listSchema, 'BUCKET_QUERY_INVALID');
    const buckets = await listBuckets(c.env, jurisdictionOf(c), {
      contains: query.name_contains,
      after: query.cursor ?? query.start_after,
      descending: query.direction === 'desc',
      limit: query.per_page,
    });
    const last = buckets.length === query.per_page ? buckets.at(-1)?.name : undefined;
    const result_info = { per_page: query.per_page, ...(last !== undefined && { cursor: last }) };
    return c.json({ ...envelope({ buckets }), result_info });
  })
  .get('/:bucket', async (c) =>
    c.json(envelope(await getBucket(c.env, jurisdictionOf(c), c.req.param('bucket')))),
  );

function jurisdictionOf(c: Context): string {
  const given = c.req.header(JURISDICTION_HEADER) ?? 'default';
  return checked(given, jurisdictionSchema, 'BUCKET_QUERY_INVALID');
}
