import { sha256Hex } from '../dispatch/module-store.ts';
import type { Env } from '../env.ts';

/** How long an address is good for: an hour, as the API's reference says of exports (SDK 7.3, November 2026). */
const TRANSFER_MS = 3_600_000;
const TOKEN_BYTES = 32;

/** A file on its way into a database or out of it. */
export interface Transfer {
  /** The digest of the secret in the file's address. */
  id: string;
  database: string;
  kind: 'export' | 'import';
  filename: string;
  /** The database's bookmark when it was exported, or when the file's import began; null before. */
  bookmark: string | null;
  /** What polling answers, as JSON; null until there is something. */
  outcome: string | null;
}

/** Opens a transfer and answers it with the path of its file. What has expired is removed. */
export async function openTransfer(
  env: Env,
  transfer: Pick<Transfer, 'database' | 'kind' | 'filename'>,
): Promise<{ id: string; path: string }> {
  await removeExpired(env);
  const token = hex(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
  const id = await sha256Hex(new TextEncoder().encode(token));
  await env.STATE.prepare(
    'INSERT INTO transfers (id, database, kind, filename, expires_at) VALUES (?, ?, ?, ?, ?)',
  )
    .bind(id, transfer.database, transfer.kind, transfer.filename, Date.now() + TRANSFER_MS)
    .run();
  return { id, path: `${TRANSFER_PATH}${token}` };
}

/** The path of every transfer's file, before its secret. */
export const TRANSFER_PATH = '/local-cloud/transfers/';

/** The transfer of a path's secret; null where there is none, or where its hour is over. */
export async function findTransfer(env: Env, token: string): Promise<Transfer | null> {
  const id = await sha256Hex(new TextEncoder().encode(token));
  return await env.STATE.prepare('SELECT * FROM transfers WHERE id = ? AND expires_at > ?')
    .bind(id, Date.now())
    .first<Transfer>();
}

/** A database's transfers of one kind, those of expired addresses left out, newest first. */
export async function listTransfers(env: Env, database: string, kind: Transfer['kind']): Promise<Transfer[]> {
  const { results } = await env.STATE.prepare(
    'SELECT * FROM transfers WHERE database = ? AND kind = ? AND expires_at > ? ORDER BY expires_at DESC',
  )
    .bind(database, kind, Date.now())
    .all<Transfer>();
  return results;
}

/** Records how a transfer ended, for those who poll. */
export async function recordOutcome(env: Env, id: string, bookmark: string, outcome: unknown): Promise<void> {
  await env.STATE.prepare('UPDATE transfers SET bookmark = ?, outcome = ? WHERE id = ?')
    .bind(bookmark, JSON.stringify(outcome), id)
    .run();
}

/** Where a transfer's file lies in the bucket. */
export function transferKey(id: string): string {
  return `transfers/${id}`;
}

async function removeExpired(env: Env): Promise<void> {
  const { results } = await env.STATE.prepare('SELECT id FROM transfers WHERE expires_at <= ?')
    .bind(Date.now())
    .all<{ id: string }>();
  for (const { id } of results) {
    await env.MODULES.delete(transferKey(id));
    await env.STATE.prepare('DELETE FROM transfers WHERE id = ?').bind(id).run();
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
