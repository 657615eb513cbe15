import { ApiError } from '../api/api-error.ts';
import type { Env, Zone } from '../env.ts';
import { requireZone } from '../zones/require-zone.ts';
import { hexId } from './worker-store.ts';

/** Which Worker runs for addresses of a zone; none where there is no script. */
export interface WorkerRoute {
  id: string;
  pattern: string;
  script?: string;
}

interface RouteRow {
  id: string;
  pattern: string;
  worker: string;
}

/** What stands for no Worker: no Worker's name is empty. */
const NO_WORKER = '';

/** A route to make; without a zone, the one that the pattern's host lies in. */
export interface NewRoute {
  pattern: string;
  zone_name?: string | undefined;
  zone_id?: string | undefined;
}

/** The routes of a zone, by pattern. */
export async function listRoutes(env: Env, zoneId: string): Promise<WorkerRoute[]> {
  const { results } = await env.STATE.prepare(
    'SELECT id, pattern, worker FROM worker_routes WHERE zone_id = ? ORDER BY pattern',
  )
    .bind(zoneId)
    .all<RouteRow>();
  return results.map(shownRoute);
}

/** Makes a route, or answers `ROUTE_TAKEN`. */
export async function createRoute(
  env: Env,
  zoneId: string,
  { pattern, script = NO_WORKER }: Omit<WorkerRoute, 'id'>,
): Promise<WorkerRoute> {
  const route = { id: hexId(), pattern, worker: script };
  const { meta } = await insertRoute(env, { ...route, zoneId }).run();
  if (meta.changes === 0) throw taken();
  return shownRoute(route);
}

/** Gives a Worker exactly these routes. `ROUTE_TAKEN` where another Worker has one of them: then nothing is changed. */
export async function replaceRoutes(env: Env, worker: string, routes: NewRoute[]): Promise<WorkerRoute[]> {
  const wanted = routes.map((route) => ({ ...route, id: hexId(), zoneId: zoneOf(env, route).id, worker }));
  const others = await env.STATE.prepare(
    `SELECT 1 FROM worker_routes, json_each(?1) AS wanted WHERE worker <> ?2
     AND zone_id = wanted.value ->> '$.zoneId' AND pattern = wanted.value ->> '$.pattern'`,
  )
    .bind(JSON.stringify(wanted), worker)
    .all();
  if (others.results.length > 0) throw taken();
  await env.STATE.batch([
    env.STATE.prepare('DELETE FROM worker_routes WHERE worker = ?').bind(worker),
    ...wanted.map((route) => insertRoute(env, route)),
  ]);
  return wanted.map(({ id, pattern }) => ({ id, pattern, script: worker }));
}

function shownRoute({ id, pattern, worker }: RouteRow): WorkerRoute {
  return { id, pattern, ...(worker !== NO_WORKER && { script: worker }) };
}

function insertRoute(
  env: Env,
  { id, zoneId, pattern, worker }: { id: string; zoneId: string; pattern: string; worker: string },
) {
  return env.STATE.prepare(
    'INSERT OR IGNORE INTO worker_routes (id, zone_id, pattern, worker) VALUES (?, ?, ?, ?)',
  ).bind(id, zoneId, pattern, worker);
}

function zoneOf(env: Env, { pattern, zone_name, zone_id }: NewRoute): Zone {
  if (zone_id !== undefined) return requireZone(env, zone_id);
  const host = zone_name ?? pattern.replace(/^\w+:\/\//, '').replace(/\/.*$/, '');
  const zone = env.ZONES.find(({ name }) => host === name || host.endsWith(`.${name}`));
  if (zone !== undefined) return zone;
  throw new ApiError('ZONE_NOT_FOUND', `Could not find zone for ${host}.`);
}

function taken(): ApiError {
  return new ApiError('ROUTE_TAKEN', 'A route with the same pattern already exists');
}
