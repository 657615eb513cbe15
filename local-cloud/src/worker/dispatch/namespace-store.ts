import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';

interface NamespaceRow {
  name: string;
  namespace_id: string;
  created_on: string;
  modified_on: string;
  script_count: number;
}

/** A dispatch namespace as the API shows it. */
export interface Namespace {
  namespace_id: string;
  namespace_name: string;
  created_on: string;
  modified_on: string;
  script_count: number;
  trusted_workers: boolean;
}

const SELECT = `SELECT *, (SELECT count(*) FROM scripts WHERE namespace = namespaces.name) AS script_count FROM namespaces`;

/** The namespace, or `NAMESPACE_NOT_FOUND`. */
export async function getNamespace(env: Env, name: string): Promise<Namespace> {
  const row = await env.STATE.prepare(`${SELECT} WHERE name = ?`).bind(name).first<NamespaceRow>();
  if (row === null) throw new ApiError('NAMESPACE_NOT_FOUND', 'dispatch namespace not found');
  return namespaceOf(row);
}

/** All namespaces, by name. */
export async function listNamespaces(env: Env): Promise<Namespace[]> {
  const { results } = await env.STATE.prepare(`${SELECT} ORDER BY name`).all<NamespaceRow>();
  return results.map(namespaceOf);
}

/** Creates a namespace, or answers `NAMESPACE_NAME_TAKEN`. */
export async function createNamespace(env: Env, name: string): Promise<Namespace> {
  const now = new Date().toISOString();
  const { meta } = await env.STATE.prepare(
    'INSERT OR IGNORE INTO namespaces (name, namespace_id, created_on, modified_on) VALUES (?, ?, ?, ?)',
  )
    .bind(name, crypto.randomUUID(), now, now)
    .run();
  if (meta.changes === 0) {
    throw new ApiError('NAMESPACE_NAME_TAKEN', `a dispatch namespace named '${name}' already exists`);
  }
  return await getNamespace(env, name);
}

/** Deletes a namespace with all its scripts, or answers `NAMESPACE_NOT_FOUND`. */
export async function deleteNamespace(env: Env, name: string): Promise<void> {
  await getNamespace(env, name);
  await env.STATE.batch([
    env.STATE.prepare('DELETE FROM scripts WHERE namespace = ?').bind(name),
    env.STATE.prepare('DELETE FROM namespaces WHERE name = ?').bind(name),
  ]);
}

function namespaceOf({ name, namespace_id, created_on, modified_on, script_count }: NamespaceRow): Namespace {
  return {
    namespace_id,
    namespace_name: name,
    created_on,
    modified_on,
    script_count,
    trusted_workers: false,
  };
}
