import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import { type CustomHostname, type CustomHostnameBody, parseCustomHostnameBody } from './custom-hostname.ts';

interface CustomHostnameRow extends Omit<CustomHostname, 'body'> {
  body: string;
}

/** Which custom hostnames of a zone a list is of. */
export interface CustomHostnameFilter {
  id?: string | undefined;
  exact?: string | undefined;
  contain?: string | undefined;
  startsWith?: string | undefined;
  /** Whether active at `now`. */
  active?: boolean | undefined;
  now: number;
}

/** Creates a custom hostname, or answers `HOSTNAME_TAKEN`: a name exists once in the whole cloud. */
export async function createCustomHostname(
  env: Env,
  created: Omit<CustomHostname, 'id' | 'created_at'>,
): Promise<CustomHostname> {
  const made = { ...created, id: crypto.randomUUID(), created_at: new Date().toISOString() };
  const { meta } = await env.STATE.prepare(
    `INSERT OR IGNORE INTO custom_hostnames (id, zone_id, hostname, created_at, verified_at, body)
     VALUES (?, ?, ?, ?, ?, ?)`,
  )
    .bind(made.id, made.zone_id, made.hostname, made.created_at, made.verified_at, JSON.stringify(made.body))
    .run();
  if (meta.changes === 0) throw new ApiError('HOSTNAME_TAKEN', 'Duplicate custom hostname found.');
  return made;
}

/** The custom hostname of this id in the zone, or `HOSTNAME_NOT_FOUND`. */
export async function getCustomHostname(env: Env, zoneId: string, id: string): Promise<CustomHostname> {
  const row = await env.STATE.prepare('SELECT * FROM custom_hostnames WHERE zone_id = ? AND id = ?')
    .bind(zoneId, id)
    .first<CustomHostnameRow>();
  return customHostnameOf(row);
}

/** Custom hostnames of a zone, oldest first, and how many there are in all. */
export async function listCustomHostnames(
  env: Env,
  zoneId: string,
  filter: CustomHostnameFilter,
  page: { limit: number; offset: number },
): Promise<{ found: CustomHostname[]; total: number }> {
  const where = `zone_id = ?1 AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR hostname = ?3)
    AND (?4 IS NULL OR instr(hostname, ?4) > 0) AND (?5 IS NULL OR instr(hostname, ?5) = 1)
    AND (?6 IS NULL OR (verified_at IS NOT NULL AND verified_at <= ?7) = ?6)`;
  const { id = null, exact = null, contain = null, startsWith = null, active = null, now } = filter;
  const values = [zoneId, id, exact, contain, startsWith, active === null ? null : Number(active), now];
  const [rows, count] = await env.STATE.batch<CustomHostnameRow & { total: number }>([
    env.STATE.prepare(
      `SELECT * FROM custom_hostnames WHERE ${where} ORDER BY created_at, rowid LIMIT ?8 OFFSET ?9`,
    ).bind(...values, page.limit, page.offset),
    env.STATE.prepare(`SELECT count(*) AS total FROM custom_hostnames WHERE ${where}`).bind(...values),
  ]);
  return { found: (rows?.results ?? []).map(customHostnameOf), total: count?.results[0]?.total ?? 0 };
}

/** Puts a new body in place of the old one. */
export async function updateCustomHostname(
  env: Env,
  present: CustomHostname,
  body: CustomHostnameBody,
): Promise<CustomHostname> {
  const row = await env.STATE.prepare('UPDATE custom_hostnames SET body = ? WHERE id = ? RETURNING *')
    .bind(JSON.stringify(body), present.id)
    .first<CustomHostnameRow>();
  return customHostnameOf(row);
}

/** Deletes a custom hostname of the zone, or answers `HOSTNAME_NOT_FOUND`. */
export async function deleteCustomHostname(env: Env, zoneId: string, id: string): Promise<void> {
  const { meta } = await env.STATE.prepare('DELETE FROM custom_hostnames WHERE zone_id = ? AND id = ?')
    .bind(zoneId, id)
    .run();
  if (meta.changes === 0) throw notFound();
}

/** Records that the hostname's DNS leads here from `now` on, or answers `HOSTNAME_NOT_FOUND`. */
export async function verifyCustomHostname(env: Env, hostname: string, now: number): Promise<void> {
  const { meta } = await env.STATE.prepare('UPDATE custom_hostnames SET verified_at = ? WHERE hostname = ?')
    .bind(now, hostname)
    .run();
  if (meta.changes === 0) throw notFound();
}

/** The custom hostname of this name, in whichever zone. */
export async function findCustomHostname(env: Env, hostname: string): Promise<CustomHostname | undefined> {
  const row = await env.STATE.prepare('SELECT * FROM custom_hostnames WHERE hostname = ?')
    .bind(hostname)
    .first<CustomHostnameRow>();
  return row === null ? undefined : customHostnameOf(row);
}

function customHostnameOf(row: CustomHostnameRow | null): CustomHostname {
  if (row === null) throw notFound();
  return { ...row, body: parseCustomHostnameBody(row.body) };
}

function notFound(): ApiError {
  return new ApiError('HOSTNAME_NOT_FOUND', 'The custom hostname was not found.');
}
