import { DatabaseSync } from 'node:sqlite';
import type { Position } from './bookmark.ts';

/** A copy of a database file and the WAL that was written on top of it, as far as it was seen. */
export interface Segment {
  id: number;
  database: string;
  /** What the files said when the copy was made: the WAL's salts, or the main file's size and time where there was none. */
  generation: string;
  pageBytes: number;
  /** States below this many frames cannot be told from the copy, because it holds later pages already. */
  firstFrames: number;
  frames: number;
  startedAt: number;
  /** 1 where the API gave out a bookmark that lies in it. */
  pinned: number;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    database TEXT NOT NULL,
    generation TEXT NOT NULL,
    pageBytes INTEGER NOT NULL,
    firstFrames INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    startedAt INTEGER NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS segments_by_database ON segments (database, id);
  CREATE TABLE IF NOT EXISTS sightings (
    segment INTEGER NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    frames INTEGER NOT NULL,
    seenAt INTEGER NOT NULL,
    PRIMARY KEY (segment, frames)
  ) STRICT, WITHOUT ROWID;
`;

/** What is known of the histories of all databases. A segment is listed only once its files are whole. */
export class HistoryIndex {
  readonly #sql: DatabaseSync;
  #lastId: number;

  constructor(file: string) {
    this.#sql = new DatabaseSync(file);
    this.#sql.exec(SCHEMA);
    const last = this.#sql.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'segments'`).get();
    this.#lastId = Number(last?.seq ?? 0);
  }

  close(): void {
    this.#sql.close();
  }

  /** All segments of a database, oldest first. */
  segments(database: string): Segment[] {
    const rows = this.#sql.prepare('SELECT * FROM segments WHERE database = ? ORDER BY id').all(database);
    return rows.map(segmentOf);
  }

  latest(database: string): Segment | undefined {
    const row = this.#sql
      .prepare('SELECT * FROM segments WHERE database = ? ORDER BY id DESC LIMIT 1')
      .get(database);
    return row === undefined ? undefined : segmentOf(row);
  }

  /** Gives out the id that the files of a segment are named for. No segment ever listed had it before. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  add(segment: Segment): void {
    this.#sql
      .prepare('INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        segment.id,
        segment.database,
        segment.generation,
        segment.pageBytes,
        segment.firstFrames,
        segment.frames,
        segment.startedAt,
        segment.pinned,
      );
    this.saw({ segment: segment.id, frames: segment.frames }, segment.startedAt);
  }

  /** Records that a segment has come to hold more frames, which were seen by `seenAt`. */
  saw({ segment, frames }: Position, seenAt: number): void {
    this.#sql.prepare('UPDATE segments SET frames = ? WHERE id = ?').run(frames, segment);
    this.#sql.prepare('INSERT OR IGNORE INTO sightings VALUES (?, ?, ?)').run(segment, frames, seenAt);
  }

  pin(segment: number): void {
    this.#sql.prepare('UPDATE segments SET pinned = 1 WHERE id = ?').run(segment);
  }

  remove(segment: number): void {
    this.#sql.prepare('DELETE FROM segments WHERE id = ?').run(segment);
  }

  /** The last state of a database that was seen at or before a time. */
  lastSeen(database: string, at: number): (Position & { seenAt: number }) | undefined {
    const row = this.#sql
      .prepare(
        `SELECT sightings.* FROM sightings JOIN segments ON segments.id = sightings.segment
         WHERE database = ? AND seenAt <= ? ORDER BY sightings.segment DESC, sightings.frames DESC LIMIT 1`,
      )
      .get(database, at);
    if (row === undefined) return undefined;
    return { segment: Number(row.segment), frames: Number(row.frames), seenAt: Number(row.seenAt) };
  }

  /** The databases that have a history. */
  databases(): string[] {
    return this.#sql
      .prepare('SELECT DISTINCT database FROM segments')
      .all()
      .map((row) => String(row.database));
  }
}

function segmentOf(row: Record<string, unknown>): Segment {
  return {
    id: Number(row.id),
    database: String(row.database),
    generation: String(row.generation),
    pageBytes: Number(row.pageBytes),
    firstFrames: Number(row.firstFrames),
    frames: Number(row.frames),
    startedAt: Number(row.startedAt),
    pinned: Number(row.pinned),
  };
}
