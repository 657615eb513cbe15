import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';

/** A bucket as the API shows it. Names are unique within a jurisdiction, not across them. */
export interface Bucket {
  name: string;
  jurisdiction: string;
  creation_date: string;
  location: string;
  storage_class: string;
}

/** Where a list of buckets begins and ends. */
export interface BucketPage {
  contains: string;
  after: string;
  descending: boolean;
  limit: number;
}

/** Creates a bucket, or answers `BUCKET_NAME_TAKEN`. */
export async function createBucket(env: Env, bucket: Bucket): Promise<void> {
  const { meta } = await env.STATE.prepare(
    `INSERT OR IGNORE INTO buckets (jurisdiction, name, creation_date, location, storage_class)
     VALUES (?, ?, ?, ?, ?)`,
  )
    .bind(bucket.jurisdiction, bucket.name, bucket.creation_date, bucket.location, bucket.storage_class)
    .run();
  if (meta.changes > 0) return;
  throw new ApiError('BUCKET_NAME_TAKEN', 'The bucket you tried to create already exists, and you own it.');
}

/** The bucket, or null where this jurisdiction has none of the name. */
export async function findBucket(env: Env, jurisdiction: string, name: string): Promise<Bucket | null> {
  return await env.STATE.prepare('SELECT * FROM buckets WHERE jurisdiction = ? AND name = ?')
    .bind(jurisdiction, name)
    .first<Bucket>();
}

/** The bucket, or `BUCKET_NOT_FOUND`. */
export async function getBucket(env: Env, jurisdiction: string, name: string): Promise<Bucket> {
  const bucket = await findBucket(env, jurisdiction, name);
  if (bucket === null) throw new ApiError('BUCKET_NOT_FOUND', 'The specified bucket does not exist.');
  return bucket;
}

/** A page of the buckets of a jurisdiction, by name. */
export async function listBuckets(env: Env, jurisdiction: string, page: BucketPage): Promise<Bucket[]> {
  const [follows, order] = page.descending ? ['<', 'DESC'] : ['>', 'ASC'];
  const { results } = await env.STATE.prepare(
    `SELECT * FROM buckets WHERE jurisdiction = ?1 AND instr(name, ?2) > 0 AND (?3 = '' OR name ${follows} ?3)
     ORDER BY name ${order} LIMIT ?4`,
  )
    .bind(jurisdiction, page.contains, page.after, page.limit)
    .all<Bucket>();
  return results;
}
