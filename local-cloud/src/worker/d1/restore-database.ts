import { ApiError } from '../api/api-error.ts';
import { forgetLoadedScripts } from '../dispatch/loaded-scripts.ts';
import type { Env } from '../env.ts';
import { tellHost } from '../workers/tell-host.ts';
import { isOpened, slotBinding } from './database-binding.ts';
import { getDatabase } from './database-store.ts';
import { fillSlot, type RestoreTarget, recordMove } from './time-travel-client.ts';
import { markSlotFree, wipeDatabase } from './wipe-database.ts';

/** What a restore answers. */
export interface RestoreResult {
  bookmark: string;
  previous_bookmark: string;
  message: string;
}

/**
 * Puts a past state in place of the present one, under the same id. The state is laid into a slot that nothing has opened
 * since the runtime started, and the database moves there in one transaction; scripts are loaded anew on it. A crash
 * before leaves the database as it was, one after leaves it restored, and the slot on the other side dirty.
 *
 * A request that was under way may still write to what is undone, and then fails.
 */
export async function restoreDatabase(env: Env, uuid: string, target: RestoreTarget): Promise<RestoreResult> {
  const { row, binding } = await getDatabase(env, uuid);
  if (row.slot === null) {
    throw new ApiError(
      'DATABASE_PROPERTY_INVALID',
      'The local cloud cannot restore a database that a hosted Worker declares.',
    );
  }
  await ensureFile(binding);
  const slot = await takeUnopenedSlot(env);
  const state = await fillSlot(env, uuid, slot, target).catch(async (error: unknown) => {
    // What is refused has laid nothing into the slot: it can still be restored into.
    if (error instanceof ApiError) await markSlotFree(env, slot);
    else await freeSlot(env, slot);
    throw error;
  });
  if (!(await moveDatabase(env, uuid, row.slot, slot))) {
    await freeSlot(env, slot);
    throw new ApiError(
      'DATABASE_RESTORE_CONFLICT',
      `The database ${uuid} was changed by another call meanwhile`,
    );
  }
  forgetLoadedScripts();
  try {
    const { bookmark, previousBookmark } = await recordMove(env, uuid, slot);
    await tellHost(env);
    return { bookmark, previous_bookmark: previousBookmark, message: messageOf(state, target) };
  } finally {
    await freeSlot(env, row.slot);
  }
}

/** Ensures that a database has a file: workerd makes it at the first query. */
export async function ensureFile(database: D1Database): Promise<void> {
  await database.prepare('SELECT 1').run();
}

/** Takes a free slot whose file may be replaced. It is dirty until a database moves into it. */
async function takeUnopenedSlot(env: Env): Promise<number> {
  const free = await env.STATE.prepare(
    `SELECT slot FROM slots WHERE status = 'free' ORDER BY freed_at DESC, slot DESC`,
  ).all<{ slot: number }>();
  for (const { slot } of free.results) {
    if (isOpened(slot)) continue;
    const taken = await env.STATE.prepare(
      `UPDATE slots SET status = 'dirty' WHERE slot = ? AND status = 'free'`,
    )
      .bind(slot)
      .run();
    if (taken.meta.changes === 1) return slot;
  }
  throw new ApiError(
    'DATABASE_QUOTA',
    'No database slot is left to restore into: give the local cloud more, or start it anew',
  );
}

async function moveDatabase(env: Env, uuid: string, from: number, to: number): Promise<boolean> {
  const isMoved = 'EXISTS (SELECT 1 FROM databases WHERE uuid = ?1 AND slot = ?2)';
  const [moved] = await env.STATE.batch([
    env.STATE.prepare('UPDATE databases SET slot = ?2 WHERE uuid = ?1 AND slot = ?3').bind(uuid, to, from),
    env.STATE.prepare(`UPDATE slots SET status = 'used' WHERE slot = ?2 AND ${isMoved}`).bind(uuid, to),
    env.STATE.prepare(`UPDATE slots SET status = 'dirty' WHERE slot = ?3 AND ${isMoved}`).bind(
      uuid,
      to,
      from,
    ),
  ]);
  return moved?.meta.changes === 1;
}

async function freeSlot(env: Env, slot: number): Promise<void> {
  await wipeDatabase(slotBinding(env, slot));
  await markSlotFree(env, slot);
}

function messageOf(state: { exact: boolean; seenAt?: number | undefined }, target: RestoreTarget): string {
  if (state.seenAt !== undefined) {
    return `Restored to the state last seen at ${new Date(state.seenAt).toISOString()}`;
  }
  if (state.exact) return `Restored to bookmark ${target.bookmark}`;
  return `Restored to the nearest state before bookmark ${target.bookmark}: its own is not held`;
}
