import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import { MODULE_KINDS } from './module-kinds.ts';
import { storedBindingSchema } from './script-bindings.ts';

const moduleSchema = z.object({ name: z.string(), kind: z.enum(MODULE_KINDS), sha256: z.string() });

/** A stored script: see {@link ScriptBody}. */
export const scriptBodySchema = z.object({
  main_module: z.string(),
  modules: z.array(moduleSchema),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  bindings: z.array(storedBindingSchema),
  tags: z.array(z.string()),
  settings: z.record(z.string(), z.unknown()),
});

/** What an upload says about a script, secret values included. `settings` holds what is stored but has no effect here. */
export type ScriptBody = z.infer<typeof scriptBodySchema>;

/** Where a script lies. */
export interface ScriptKey {
  namespace: string;
  name: string;
}

/** A script as the state holds it. `version` changes with everything that makes the script behave differently. */
export interface Script extends ScriptKey {
  version: string;
  etag: string;
  created_on: string;
  modified_on: string;
  body: ScriptBody;
}

interface ScriptRow extends Omit<Script, 'body'> {
  body: string;
}

/** The script, or null. */
export async function findScript(env: Env, key: ScriptKey): Promise<Script | null> {
  const row = await env.STATE.prepare('SELECT * FROM scripts WHERE namespace = ? AND name = ?')
    .bind(key.namespace, key.name)
    .first<ScriptRow>();
  return row === null ? null : scriptOf(row);
}

/** The script, or `SCRIPT_NOT_FOUND`. */
export async function getScript(env: Env, key: ScriptKey): Promise<Script> {
  const script = await findScript(env, key);
  if (script === null) throw new ApiError('SCRIPT_NOT_FOUND', 'This Worker does not exist on your account.');
  return script;
}

/** The scripts of a namespace that were created by `asOf` (ISO 8601), by name. */
export async function listScripts(env: Env, namespace: string, asOf: string): Promise<Script[]> {
  const { results } = await env.STATE.prepare(
    'SELECT * FROM scripts WHERE namespace = ? AND created_on <= ? ORDER BY name',
  )
    .bind(namespace, asOf)
    .all<ScriptRow>();
  return results.map(scriptOf);
}

/** Creates or replaces a script under a new version. */
export async function saveScript(env: Env, key: ScriptKey, body: ScriptBody, etag: string): Promise<Script> {
  const now = new Date().toISOString();
  const row = await env.STATE.prepare(
    `INSERT INTO scripts (namespace, name, version, etag, created_on, modified_on, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)
     ON CONFLICT (namespace, name) DO UPDATE SET
       version = excluded.version, etag = excluded.etag, modified_on = excluded.modified_on, body = excluded.body
     RETURNING *`,
  )
    .bind(key.namespace, key.name, crypto.randomUUID(), etag, now, JSON.stringify(body))
    .first<ScriptRow>();
  if (row === null) throw new Error(`Saving ${key.namespace}/${key.name} returned no row.`);
  return scriptOf(row);
}

/** Puts a new body in place of `present`, or answers null when that is no longer the present version. */
export async function replaceScript(env: Env, present: Script, body: ScriptBody): Promise<Script | null> {
  const row = await env.STATE.prepare(
    `UPDATE scripts SET version = ?1, modified_on = ?2, body = ?3
     WHERE namespace = ?4 AND name = ?5 AND version = ?6 RETURNING *`,
  )
    .bind(
      crypto.randomUUID(),
      new Date().toISOString(),
      JSON.stringify(body),
      present.namespace,
      present.name,
      present.version,
    )
    .first<ScriptRow>();
  return row === null ? null : scriptOf(row);
}

/** Deletes a script and answers it, or null where there was none. */
export async function removeScript(env: Env, key: ScriptKey): Promise<Script | null> {
  const row = await env.STATE.prepare('DELETE FROM scripts WHERE namespace = ? AND name = ? RETURNING *')
    .bind(key.namespace, key.name)
    .first<ScriptRow>();
  return row === null ? null : scriptOf(row);
}

function scriptOf(row: ScriptRow): Script {
  return { ...row, body: scriptBodySchema.parse(JSON.parse(row.body)) };
}
