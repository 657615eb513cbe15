import { ApiError } from '../api/api-error.ts';
import type { ScriptBody } from '../dispatch/script-store.ts';
import { scriptBodySchema } from '../dispatch/script-store.ts';
import type { Env } from '../env.ts';
import { tellHost } from './tell-host.ts';

/** An ordinary Worker with the version that is live. Times in ISO 8601. */
export interface Worker {
  name: string;
  /** Stays for as long as the Worker does. */
  tag: string;
  version_id: string;
  deployment_id: string;
  /** What it was deployed with last: `wrangler` or `api`. */
  source: string;
  created_on: string;
  modified_on: string;
  etag: string;
  body: ScriptBody;
  /** What is not part of a version, such as tags and observability. */
  settings: Record<string, unknown>;
  subdomain: { enabled: boolean; previews_enabled: boolean };
  schedules: { cron: string; created_on: string; modified_on: string }[];
}

/** A version of a Worker, live or not. */
export interface WorkerVersion {
  id: string;
  worker: string;
  number: number;
  etag: string;
  source: string;
  created_on: string;
  body: ScriptBody;
}

type Row<T> = { [Key in keyof T]: T[Key] extends string | number ? T[Key] : string };

const WORKER = `SELECT workers.*, worker_versions.etag, worker_versions.body FROM workers
  JOIN worker_versions ON worker_versions.id = workers.version_id`;

const MISSING = 'This Worker does not exist on your account.';

/** The Worker, or null. */
export async function findWorker(env: Env, name: string): Promise<Worker | null> {
  const row = await env.STATE.prepare(`${WORKER} WHERE workers.name = ?`).bind(name).first<Row<Worker>>();
  return row === null ? null : workerOf(row);
}

/** The Worker, or `SCRIPT_NOT_FOUND`. */
export async function getWorker(env: Env, name: string): Promise<Worker> {
  const worker = await findWorker(env, name);
  if (worker === null) throw new ApiError('SCRIPT_NOT_FOUND', MISSING);
  return worker;
}

/** All Workers, by name. */
export async function listWorkers(env: Env): Promise<Worker[]> {
  const { results } = await env.STATE.prepare(`${WORKER} ORDER BY workers.name`).all<Row<Worker>>();
  return results.map(workerOf);
}

/** The version of a Worker, or `VERSION_NOT_FOUND`. */
export async function getVersion(env: Env, worker: string, id: string): Promise<WorkerVersion> {
  const row = await env.STATE.prepare('SELECT * FROM worker_versions WHERE worker = ? AND id = ?')
    .bind(worker, id)
    .first<Row<WorkerVersion>>();
  if (row === null) throw new ApiError('VERSION_NOT_FOUND', `The version ${id} could not be found.`);
  return { ...row, body: scriptBodySchema.parse(JSON.parse(row.body)) };
}

/** Stores a version that is not live. */
export async function addVersion(
  env: Env,
  version: Pick<WorkerVersion, 'worker' | 'etag' | 'source' | 'body'>,
): Promise<WorkerVersion> {
  const id = crypto.randomUUID();
  await env.STATE.prepare(
    `INSERT INTO worker_versions (id, worker, number, etag, source, created_on, body)
     SELECT ?1, ?2, coalesce(max(number), 0) + 1, ?3, ?4, ?5, ?6 FROM worker_versions WHERE worker = ?2`,
  )
    .bind(id, version.worker, version.etag, version.source, now(), JSON.stringify(version.body))
    .run();
  return await getVersion(env, version.worker, id);
}

/**
 * Puts a version live, and makes the Worker where there is none. Where `replaces` is given and no longer live, nothing
 * is done and null answered.
 */
export async function deployVersion(
  env: Env,
  { id, worker, source }: WorkerVersion,
  replaces?: string,
): Promise<Worker | null> {
  const { meta } = await env.STATE.prepare(
    `INSERT INTO workers (name, tag, version_id, deployment_id, source, created_on, modified_on)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
     ON CONFLICT (name) DO UPDATE SET
       version_id = excluded.version_id, deployment_id = excluded.deployment_id, source = excluded.source,
       modified_on = excluded.modified_on
     WHERE ?7 IS NULL OR version_id = ?7`,
  )
    .bind(worker, hexId(), id, crypto.randomUUID(), source, now(), replaces ?? null)
    .run();
  if (meta.changes === 0) return null;
  await tellHost(env);
  return await getWorker(env, worker);
}

/** Has a new version live that differs from the present one by `change`; it is called again where another came first. */
export async function changeWorker(
  env: Env,
  name: string,
  change: (body: ScriptBody) => ScriptBody,
): Promise<Worker> {
  for (;;) {
    const present = await getWorker(env, name);
    const { etag, source, version_id } = present;
    const version = await addVersion(env, { worker: name, etag, source, body: change(present.body) });
    const deployed = await deployVersion(env, version, version_id);
    if (deployed !== null) return deployed;
  }
}

/** Replaces what is not part of a version. */
export async function setUnversioned(
  env: Env,
  name: string,
  field: 'settings' | 'subdomain' | 'schedules',
  value: unknown,
): Promise<Worker> {
  await getWorker(env, name);
  await env.STATE.prepare(`UPDATE workers SET ${field} = ?, modified_on = ? WHERE name = ?`)
    .bind(JSON.stringify(value), now(), name)
    .run();
  if (field === 'schedules') await tellHost(env);
  return await getWorker(env, name);
}

/** A 32-digit identifier, as Cloudflare gives to what is not versioned. */
export function hexId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

function now(): string {
  return new Date().toISOString();
}

function workerOf(row: Row<Worker>): Worker {
  return {
    ...row,
    body: scriptBodySchema.parse(JSON.parse(row.body)),
    // What this file wrote there, and nothing else writes.
    settings: JSON.parse(row.settings) as Worker['settings'],
    subdomain: JSON.parse(row.subdomain) as Worker['subdomain'],
    schedules: JSON.parse(row.schedules) as Worker['schedules'],
  };
}
