import { slotBinding } from '../d1/database-binding.ts';
import { markSlotFree, wipeDatabase } from '../d1/wipe-database.ts';
import type { Env } from '../env.ts';
import { STATE_SCHEMA } from './schema.ts';

let prepared = false;

/**
 * Ensures the tables, the slots, the databases of hosted Workers and the configured namespaces, and wipes what a
 * crash left dirty. Safe to repeat; after the first success in an isolate it costs nothing.
 */
export async function prepareState(env: Env): Promise<void> {
  if (prepared) return;
  const now = new Date().toISOString();
  await env.STATE.batch([
    ...STATE_SCHEMA.map((sql) => env.STATE.prepare(sql)),
    env.STATE.prepare(
      `WITH RECURSIVE n (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM n WHERE slot + 1 < ?)
       INSERT OR IGNORE INTO slots (slot, status) SELECT slot, 'free' FROM n`,
    ).bind(env.DATABASE_SLOTS),
    ...env.HOSTED_DATABASES.map(({ uuid, name }) =>
      env.STATE.prepare(
        `INSERT INTO databases (uuid, name, created_at, read_replication) VALUES (?, ?, ?, 'disabled')
         ON CONFLICT (uuid) DO UPDATE SET name = excluded.name`,
      ).bind(uuid, name, now),
    ),
    ...env.DISPATCH_NAMESPACES.map((name) =>
      env.STATE.prepare(
        'INSERT OR IGNORE INTO namespaces (name, namespace_id, created_on, modified_on) VALUES (?, ?, ?, ?)',
      ).bind(name, crypto.randomUUID(), now, now),
    ),
  ]);
  const dirty = await env.STATE.prepare(`SELECT slot FROM slots WHERE status = 'dirty'`).all<{
    slot: number;
  }>();
  for (const { slot } of dirty.results) {
    await wipeDatabase(slotBinding(env, slot));
    await markSlotFree(env, slot);
  }
  prepared = true;
}
