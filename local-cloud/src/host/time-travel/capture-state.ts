import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, readFile, stat } from 'node:fs/promises';
import type { HistoryIndex, Segment } from './history-index.ts';
import {
  frameBytes,
  frameChecksum,
  parseWalHeader,
  scanFrames,
  WAL_HEADER_BYTES,
  type WalHeader,
  walBytes,
} from './wal-file.ts';
import { pinWal } from './wal-hold.ts';

const COPY_ATTEMPTS = 5;
const READ_FRAMES = 1024;

/** Where the next two numbers lie in a `-shm` file: how far the WAL was copied back, and how far that was tried. */
const SHM_BACKFILL_OFFSET = 96;
const SHM_BACKFILL_ATTEMPTED_OFFSET = 128;

/** The files of a database, and of its history. */
export interface CapturePaths {
  /** The live main file. */
  live: string;
  /** The copied main file of a segment. */
  base(segment: number): string;
  /** The copied WAL of a segment. */
  wal(segment: number): string;
}

/** What is to be captured. */
export interface Capture {
  database: string;
  paths: CapturePaths;
  index: HistoryIndex;
  now: () => number;
}

/**
 * What the live files say of themselves: the salts of the WAL, or the main file's size and time where there is no WAL.
 * While it stays the same, the database has only grown at the WAL's end.
 */
export async function readGeneration(live: string): Promise<{ generation: string; header?: WalHeader }> {
  const header = await readLiveWalHeader(live);
  if (header !== undefined) return { generation: header.salts, header };
  const { size, mtimeNs } = await stat(live, { bigint: true });
  return { generation: `closed:${size}:${mtimeNs}` };
}

/** Adds what was written since to the database's latest segment. To be called while its generation is the present one. */
export async function extendSegment(capture: Capture, segment: Segment, header: WalHeader): Promise<Segment> {
  const frames = await archiveWal(capture.paths, segment, header);
  if (frames === segment.frames) return segment;
  capture.index.saw({ segment: segment.id, frames }, capture.now());
  return { ...segment, frames };
}

/**
 * Copies the main file and the WAL into a new segment. The copies belong together when the WAL was not begun anew
 * meanwhile: then the main file differs from that of the generation's beginning only by pages of the first frames, as many
 * as were copied back, and the WAL holds those too. A read transaction keeps the WAL from being begun anew during a long
 * copy; it makes no writer wait. `startsNow` leaves all states out but the present one.
 */
export async function startSegment(capture: Capture, startsNow: boolean): Promise<Segment> {
  const { paths, index } = capture;
  for (let attempt = 1; attempt <= COPY_ATTEMPTS; attempt += 1) {
    const id = index.nextId();
    const before = await readGeneration(paths.live);
    const pin = before.header === undefined ? undefined : pinWal(paths.live);
    let backfilled: number;
    try {
      await copyFile(paths.live, paths.base(id), constants.COPYFILE_FICLONE);
      // Reading this file ends the pin: closing any handle on it drops the locks this process holds on it.
      backfilled = before.header === undefined ? 0 : await readBackfill(paths.live);
    } finally {
      pin?.close();
    }
    const empty = { id, pageBytes: before.header?.pageBytes ?? 0, frames: 0 };
    const frames = before.header === undefined ? 0 : await archiveWal(paths, empty, before.header);
    const after = await readGeneration(paths.live);
    if (after.generation !== before.generation || frames < backfilled) continue;
    const segment: Segment = {
      ...empty,
      database: capture.database,
      generation: before.generation,
      firstFrames: startsNow ? frames : backfilled,
      frames,
      startedAt: capture.now(),
      pinned: 0,
    };
    index.add(segment);
    return segment;
  }
  throw new Error(`${paths.live} was written to so fast that ${COPY_ATTEMPTS} copies were not of one state.`);
}

/** Copies the WAL's frames behind those a segment has. Answers how many it has then. */
async function archiveWal(
  paths: CapturePaths,
  segment: Pick<Segment, 'id' | 'pageBytes' | 'frames'>,
  header: WalHeader,
): Promise<number> {
  const length = frameBytes(header.pageBytes);
  const source = await open(`${paths.live}-wal`, 'r');
  try {
    const target = await open(paths.wal(segment.id), segment.frames === 0 ? 'w' : 'r+');
    try {
      let checksum = header.checksum;
      if (segment.frames === 0)
        await target.write(await readAt(source, 0, WAL_HEADER_BYTES), 0, undefined, 0);
      else {
        const last = await readAt(target, walBytes(header.pageBytes, segment.frames - 1), length);
        checksum = frameChecksum(last, 0);
      }
      let valid = segment.frames;
      let committed = segment.frames;
      for (;;) {
        const offset = walBytes(header.pageBytes, valid);
        const bytes = await readAt(source, offset, READ_FRAMES * length);
        const scanned = scanFrames(bytes, header, checksum);
        await target.write(bytes, 0, scanned.valid * length, offset);
        if (scanned.committed > 0) committed = valid + scanned.committed;
        valid += scanned.valid;
        checksum = scanned.checksum;
        if (scanned.valid < READ_FRAMES) return committed;
      }
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function readLiveWalHeader(live: string): Promise<WalHeader | undefined> {
  let file: FileHandle;
  try {
    file = await open(`${live}-wal`, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return parseWalHeader(await readAt(file, 0, WAL_HEADER_BYTES));
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

/** How many frames of the WAL the main file may hold already. */
async function readBackfill(live: string): Promise<number> {
  const shm = await readFile(`${live}-shm`);
  const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  const at = (offset: number) => (littleEndian ? shm.readUInt32LE(offset) : shm.readUInt32BE(offset));
  return Math.max(at(SHM_BACKFILL_OFFSET), at(SHM_BACKFILL_ATTEMPTED_OFFSET));
}

/** Whether a file system call failed because there is nothing at its path. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
