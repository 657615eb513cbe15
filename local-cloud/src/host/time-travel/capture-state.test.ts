import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/test-cloud.ts';
import {
  type Capture,
  type CapturePaths,
  extendSegment,
  readGeneration,
  startSegment,
} from './capture-state.ts';
import { HistoryIndex, type Segment } from './history-index.ts';
import { buildDatabase, readCounter, statesOf } from './history-state.ts';
import { parseWalHeader, scanFrames, WAL_HEADER_BYTES, walBytes } from './wal-file.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let live: DatabaseSync;
let index: HistoryIndex;
let paths: CapturePaths;

beforeEach(async () => {
  folder = await temporaryFolder();
  paths = {
    live: join(folder.path, 'live.sqlite'),
    base: (segment) => join(folder.path, `${segment}.sqlite`),
    wal: (segment) => join(folder.path, `${segment}.sqlite-wal`),
  };
  live = new DatabaseSync(paths.live);
  live.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)');
  index = new HistoryIndex(join(folder.path, 'index.sqlite'));
});
afterEach(async () => {
  live.close();
  index.close();
  await folder.remove();
});

function captureWith(changed: Partial<CapturePaths> = {}): Capture {
  return { database: 'd', paths: { ...paths, ...changed }, index, now: () => 1 };
}

function insert(value: number): void {
  live.prepare('INSERT INTO t VALUES (?)').run(value);
}

/** Copies the WAL back and writes, which begins it anew where no reader is in the way. */
function insertIntoNewWal(value: number): void {
  live.exec('PRAGMA wal_checkpoint(PASSIVE)');
  insert(value);
}

async function rowsAt(segment: Segment, frames: number): Promise<unknown[]> {
  const target = join(folder.path, `restored-${frames}.sqlite`);
  await buildDatabase(paths, segment, { segment: segment.id, frames }, target, 7);
  const restored = new DatabaseSync(target);
  const rows = restored.prepare('SELECT a FROM t ORDER BY a').all();
  restored.close();
  return rows.map(({ a }) => a);
}

test('holds every transaction of the WAL, and of what is added to it', async () => {
  insert(1);
  const started = await startSegment(captureWith(), false);
  insert(2);
  insert(3);
  const { header } = await readGeneration(paths.live);
  if (header === undefined) throw new Error('There is no WAL.');
  const segment = await extendSegment(captureWith(), started, header);
  const states = await statesOf(paths, segment);
  const rows = await Promise.all(states.slice(-4).map((frames) => rowsAt(segment, frames)));
  expect(rows).toEqual([[], [1], [1, 2], [1, 2, 3]]);
});

test('a built state goes on counting session bookmarks where it is told to', async () => {
  const segment = await startSegment(captureWith(), false);
  expect(await readCounter(paths, segment, segment.frames)).toBe(-1);
  await rowsAt(segment, segment.frames);
  const restored = new DatabaseSync(join(folder.path, `restored-${segment.frames}.sqlite`));
  expect(restored.prepare('SELECT value FROM _cf_METADATA WHERE key = 2').get()).toEqual({ value: 7 });
  restored.close();
});

test('does not offer states whose pages the copied file has overwritten already', async () => {
  insert(1);
  const { frames: second } = await startSegment(captureWith(), false);
  const reader = new DatabaseSync(paths.live);
  reader.exec('BEGIN; SELECT * FROM t');
  insert(2);
  live.exec('PRAGMA wal_checkpoint(PASSIVE)');
  const segment = await startSegment(captureWith(), false);
  reader.close();
  const states = await statesOf(paths, segment);
  expect(states[0]).toBe(second);
  expect(await rowsAt(segment, second)).toEqual([1]);
});

test('offers the present state alone where that was asked for', async () => {
  insert(1);
  const segment = await startSegment(captureWith(), true);
  expect(await statesOf(paths, segment)).toEqual([segment.frames]);
});

test('a write during the copy does not begin the WAL anew', async () => {
  insert(1);
  const base = (segment: number) => {
    insertIntoNewWal(2);
    return paths.base(segment);
  };
  const segment = await startSegment(captureWith({ base }), false);
  expect(segment.id).toBe(1);
  expect(await rowsAt(segment, segment.frames)).toEqual([1, 2]);
});

test('copies again when the WAL was begun anew between the two files', async () => {
  insert(1);
  const wal = (segment: number) => {
    if (segment === 1) insertIntoNewWal(2);
    return paths.wal(segment);
  };
  const segment = await startSegment(captureWith({ wal }), false);
  expect(segment.id).toBe(2);
  expect(await rowsAt(segment, segment.frames)).toEqual([1, 2]);
});

test('gives up where that happens at every attempt', async () => {
  insert(1);
  const wal = (segment: number) => {
    insertIntoNewWal(segment);
    return paths.wal(segment);
  };
  await expect(startSegment(captureWith({ wal }), false)).rejects.toThrow('was written to so fast');
  expect(index.segments('d')).toEqual([]);
});

test.each([
  ['a byte of its page', 24],
  ['its salts', 8],
  ['its checksum', 16],
])('a scan ends before a frame with another %s', (_, offset) => {
  insert(1);
  insert(2);
  const bytes = readFileSync(`${paths.live}-wal`);
  const header = parseWalHeader(bytes);
  if (header === undefined) throw new Error('There is no WAL.');
  const frames = bytes.subarray(WAL_HEADER_BYTES);
  const whole = scanFrames(frames, header, header.checksum);
  const last = walBytes(header.pageBytes, whole.valid - 1) - WAL_HEADER_BYTES;
  frames.writeUInt8(frames.readUInt8(last + offset) ^ 1, last + offset);
  expect(scanFrames(frames, header, header.checksum).valid).toBe(whole.valid - 1);
});
