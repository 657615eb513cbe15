import { type DatabasePlace, slotBinding } from '../d1/database-binding.ts';
import { trackDatabases } from '../d1/time-travel-client.ts';
import { markSlotFree, wipeDatabase } from '../d1/wipe-database.ts';
import { collectModules } from '../dispatch/collect-modules.ts';
import type { Env } from '../env.ts';
import { STATE_SCHEMA } from './schema.ts';

let prepared = false;
let preparing: Promise<void> | undefined;

/**
 * Ensures the tables, the slots, the databases of hosted Workers and the configured namespaces, wipes what a crash
 * left dirty and collects what no script uses any more. Runs once in an isolate, whoever asks first: a second wipe could hit a slot that was given out since.
 */
export async function prepareState(env: Env, ctx: ExecutionContext): Promise<void> {
  if (prepared) return;
  preparing ??= prepare(env).catch((error) => {
    preparing = undefined;
    throw error;
  });
  // Others wait for it too, so it may not end with the request that began it.
  ctx.waitUntil(preparing);
  await preparing;
  prepared = true;
}

async function prepare(env: Env): Promise<void> {
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
  const places = await env.STATE.prepare('SELECT uuid, slot FROM databases').all<DatabasePlace>();
  await trackDatabases(env, places.results);
  const dirty = await env.STATE.prepare(`SELECT slot FROM slots WHERE status = 'dirty'`).all<{
    slot: number;
  }>();
  for (const { slot } of dirty.results) {
    await wipeDatabase(slotBinding(env, slot));
    await markSlotFree(env, slot);
  }
  await collectModules(env);
}
