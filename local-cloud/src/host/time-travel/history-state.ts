import { constants } from 'node:fs';
import { copyFile, link, mkdtemp, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Position } from './bookmark.ts';
import type { CapturePaths } from './capture-state.ts';
import type { Segment } from './history-index.ts';
import { endsTransaction, walBytes } from './wal-file.ts';

/** Where workerd keeps the number of the last session bookmark it gave out, the first being 0 (tried with 1.20261117). */
const COUNTER_TABLE = '_cf_METADATA';
const COUNTER_KEY = 2;

/** The frame counts at which a segment holds a whole state, in order. */
export async function statesOf(paths: CapturePaths, segment: Segment): Promise<number[]> {
  const states = segment.firstFrames === 0 ? [0] : [];
  if (segment.frames === 0) return states;
  const bytes = await readFile(paths.wal(segment.id));
  for (let frame = 1; frame <= segment.frames; frame += 1) {
    const offset = walBytes(segment.pageBytes, frame - 1);
    if (frame >= segment.firstFrames && endsTransaction(bytes, offset)) states.push(frame);
  }
  return states;
}

/** The number of the last session bookmark that D1 had given out in a state; -1 where it had never been asked for one. */
export async function readCounter(paths: CapturePaths, segment: Segment, frames: number): Promise<number> {
  return await withFiles(paths, segment, frames, link, (file) => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return counterOf(database);
    } finally {
      database.close();
    }
  });
}

/**
 * Puts a state into place as the database file `target`, which nothing may have opened yet. Session bookmarks go on from
 * `counter`: none that was given out for what is undone can be given out again.
 */
export async function buildDatabase(
  paths: CapturePaths,
  segment: Segment,
  { frames }: Position,
  target: string,
  counter: number,
): Promise<void> {
  await withFiles(paths, segment, frames, cloneFile, async (file) => {
    const database = new DatabaseSync(file);
    try {
      database.exec(`CREATE TABLE IF NOT EXISTS ${COUNTER_TABLE} (key INTEGER PRIMARY KEY, value BLOB)`);
      database
        .prepare(`INSERT OR REPLACE INTO ${COUNTER_TABLE} (key, value) VALUES (?, ?)`)
        .run(COUNTER_KEY, counter);
      const check = database.prepare('PRAGMA quick_check(1)').get();
      if (check?.quick_check !== 'ok') throw new Error(`The state is broken: ${check?.quick_check}`);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
    for (const suffix of ['-wal', '-shm']) await rm(`${target}${suffix}`, { force: true });
    const handle = await open(file, 'r+');
    await handle.sync();
    await handle.close();
    await rename(file, target);
  });
}

/** Lays out a state's main file and WAL in a folder of their own for as long as `use` runs. */
async function withFiles<T>(
  paths: CapturePaths,
  segment: Segment,
  frames: number,
  place: (from: string, to: string) => Promise<void>,
  use: (file: string) => T | Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(dirname(paths.base(segment.id)), 'state-'));
  try {
    const file = join(folder, 'database.sqlite');
    await place(paths.base(segment.id), file);
    if (frames > 0) {
      await cloneFile(paths.wal(segment.id), `${file}-wal`);
      await truncate(`${file}-wal`, walBytes(segment.pageBytes, frames));
    }
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cloneFile(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}

function counterOf(database: DatabaseSync): number {
  const table = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(COUNTER_TABLE);
  if (table === undefined) return -1;
  const row = database.prepare(`SELECT value FROM ${COUNTER_TABLE} WHERE key = ?`).get(COUNTER_KEY);
  return Number(row?.value ?? -1);
}
