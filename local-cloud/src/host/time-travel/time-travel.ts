import { existsSync, mkdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatBookmark, type Position } from './bookmark.ts';
import {
  type Capture,
  type CapturePaths,
  extendSegment,
  readGeneration,
  startSegment,
} from './capture-state.ts';
import { databaseFile } from './database-file.ts';
import { type FoundState, findState } from './find-state.ts';
import { HistoryIndex, type Segment } from './history-index.ts';
import { buildDatabase, readCounter, statesOf } from './history-state.ts';
import { thinHistory } from './thin-history.ts';
import { TimeTravelError } from './time-travel-error.ts';
import { WalHold } from './wal-hold.ts';

const FOLDER = 'time-travel';

/** How many bytes per second the watcher copies of one database, on average: a gigabyte at most every four minutes. */
const WATCHER_COPY_BYTES_PER_S = 4_000_000;

/** A file's time is only as fine as the kernel's tick: a younger one says nothing of what is written next. */
const SETTLED_MS = 50;

/** Session bookmarks that requests in flight may still be given after a restore was begun. */
const COUNTER_GAP = 0x1000;

/** Where to go back to: one of the two. Times in milliseconds since the Unix epoch. */
export interface Target {
  bookmark?: string | undefined;
  timestamp?: number | undefined;
}

/** What a restored state is. */
export interface RestoredState {
  /** False where it is the nearest earlier state that is still held. */
  exact: boolean;
  /** When it was seen to be the present one, where it was asked for by time. */
  seenAt?: number | undefined;
}

interface Watched {
  paths: CapturePaths;
  hold: WalHold;
  seen?: string | undefined;
  nextCopyAt: number;
  /** Whether the file is older than the history: then what it held before may be another database's. */
  startsNow: boolean;
  /** Ends with the last thing that was begun on this database. */
  busy: Promise<unknown>;
}

/**
 * The histories of all databases of a data folder. A history is a row of segments: a copy of the database file, and of the
 * WAL that was written on top of it since, so that every transaction in it is a state to go back to. A WAL lasts for about
 * 4 MB of changes; what is written between the last look at one and the first at the next is known by its end only.
 */
export class TimeTravel {
  readonly #dataDir: string;
  readonly #index: HistoryIndex;
  readonly #now: () => number;
  #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  constructor(dataDir: string, now: () => number) {
    this.#dataDir = dataDir;
    this.#now = now;
    mkdirSync(join(dataDir, FOLDER), { recursive: true });
    this.#index = new HistoryIndex(join(dataDir, FOLDER, 'index.sqlite'));
  }

  /** Says which databases there are, each with the name that Miniflare knows it by. Histories of others are removed. */
  async trackAll(databases: readonly { database: string; place: string }[]): Promise<void> {
    const names = new Set(databases.map(({ database }) => database));
    for (const { database, place } of databases) await this.#place(database, place);
    for (const database of [...this.#watched.keys(), ...this.#index.databases()]) {
      if (!names.has(database)) await this.forget(database);
    }
  }

  /** Says where a new database lies. What its place held before is no part of its history. */
  async track(database: string, place: string): Promise<void> {
    const { startsNow } = await this.#place(database, place);
    if (startsNow) await this.#alone(database, (watched) => this.#capture(database, watched));
  }

  async #place(database: string, place: string): Promise<Watched> {
    const folder = this.#folder(database);
    await mkdir(folder, { recursive: true });
    await this.#removeLeftovers(database);
    const live = databaseFile(this.#dataDir, place);
    this.#watched.get(database)?.hold.drop();
    const watched: Watched = {
      paths: {
        live,
        base: (segment) => join(folder, `${segment}.sqlite`),
        wal: (segment) => join(folder, `${segment}.sqlite-wal`),
      },
      hold: new WalHold(live),
      nextCopyAt: 0,
      startsNow: this.#index.latest(database) === undefined && existsSync(live),
      busy: this.#watched.get(database)?.busy ?? Promise.resolve(),
    };
    this.#watched.set(database, watched);
    return watched;
  }

  /** Removes a database's history. Safe to repeat. */
  async forget(database: string): Promise<void> {
    const watched = this.#watched.get(database);
    this.#watched.delete(database);
    await watched?.busy;
    watched?.hold.drop();
    for (const { id } of this.#index.segments(database)) this.#index.remove(id);
    await rm(this.#folder(database), { recursive: true, force: true });
  }

  /** The bookmark of the present state, or of the last one seen at or before `timestamp`. */
  async bookmark(database: string, timestamp?: number): Promise<string> {
    return await this.#alone(database, async (watched) => {
      const position =
        timestamp === undefined
          ? positionOf(await this.#capture(database, watched))
          : this.#seenBy(database, timestamp);
      return await this.#giveOut(database, watched, position);
    });
  }

  /**
   * Puts a past state into the file of `place`, which nothing may have opened yet. The database itself goes on as it is
   * until {@link TimeTravel.moved}.
   */
  async prepareRestore(database: string, place: string, target: Target): Promise<RestoredState> {
    return await this.#alone(database, async (watched) => {
      const latest = await this.#capture(database, watched);
      const found = await this.#find(database, watched, target);
      const counter = (await readCounter(watched.paths, latest, latest.frames)) + COUNTER_GAP;
      const segment = this.#segment(database, found.segment);
      await buildDatabase(watched.paths, segment, found, databaseFile(this.#dataDir, place), counter);
      return { exact: found.exact, seenAt: found.seenAt };
    });
  }

  /** To be called once a database lies in another place: answers the bookmarks of its last state there and its first here. */
  async moved(database: string, place: string): Promise<{ bookmark: string; previousBookmark: string }> {
    return await this.#alone(database, async (watched) => {
      const moved = await this.#place(database, place);
      const last = await this.#capture(database, watched);
      const previousBookmark = await this.#giveOut(database, watched, positionOf(last));
      const first = await this.#capture(database, moved);
      return { bookmark: await this.#giveOut(database, moved, positionOf(first)), previousBookmark };
    });
  }

  /** Looks at every database each `everyMs`, and once more at the end, and captures those that were written to. */
  watch(everyMs: number): void {
    this.#watching = (async () => {
      while (!this.#stopping.signal.aborted) {
        await delay(everyMs, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
        for (const [database, watched] of this.#watched) await this.#look(database, watched);
      }
    })();
  }

  /** Ends the watch, captures what is there, and closes the index. To be called before the runtime ends. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    for (const { busy, hold } of this.#watched.values()) {
      await busy;
      hold.drop();
    }
    this.#index.close();
  }

  async #look(database: string, watched: Watched): Promise<void> {
    const seen = signature(watched.paths.live, this.#now());
    if (seen === undefined || seen.text === watched.seen) return;
    try {
      await this.#alone(database, async (present) => {
        if (present !== watched) return;
        const { generation } = await readGeneration(watched.paths.live);
        const isNew = this.#index.latest(database)?.generation !== generation;
        if (isNew && this.#now() < watched.nextCopyAt) return;
        const segment = await this.#capture(database, watched);
        await watched.hold.settle(segment, () => this.#capture(database, watched));
        watched.seen = seen.isSettled ? seen.text : undefined;
        const { size } = statSync(watched.paths.live);
        if (isNew) watched.nextCopyAt = this.#now() + (size / WATCHER_COPY_BYTES_PER_S) * 1000;
      });
    } catch (error) {
      // The watch goes on: the next look may succeed, and an API call that needs the state meets the error itself.
      process.stderr.write(`local-cloud: no history of ${database} was kept: ${String(error)}\n`);
    }
  }

  async #capture(database: string, watched: Watched): Promise<Segment> {
    const capture: Capture = { database, paths: watched.paths, index: this.#index, now: this.#now };
    const latest = this.#index.latest(database);
    const { generation, header } = await readGeneration(watched.paths.live);
    if (latest?.generation === generation) {
      return header === undefined ? latest : await extendSegment(capture, latest, header);
    }
    watched.hold.drop();
    const started = await startSegment(capture, watched.startsNow && latest === undefined);
    for (const { id } of thinHistory(this.#index.segments(database), this.#now())) {
      this.#index.remove(id);
      for (const file of [watched.paths.base(id), watched.paths.wal(id)]) await rm(file, { force: true });
    }
    return started;
  }

  async #find(database: string, watched: Watched, target: Target): Promise<FoundState & RestoredState> {
    if (target.timestamp !== undefined) return { ...this.#seenBy(database, target.timestamp), exact: true };
    const segments = this.#index.segments(database);
    const history = {
      segments,
      states: (segment: Segment) => statesOf(watched.paths, segment),
      counter: (segment: Segment, frames: number) => readCounter(watched.paths, segment, frames),
    };
    return await findState(history, target.bookmark ?? '');
  }

  #seenBy(database: string, timestamp: number): Position & { seenAt: number } {
    const sighting = this.#index.lastSeen(database, timestamp);
    if (sighting !== undefined) return sighting;
    const when = new Date(timestamp).toISOString();
    throw new TimeTravelError(`There is no state of this database from ${when} or before.`);
  }

  async #giveOut(database: string, { paths }: Watched, position: Position): Promise<string> {
    const counter = await readCounter(paths, this.#segment(database, position.segment), position.frames);
    this.#index.pin(position.segment);
    return formatBookmark(counter, position);
  }

  #segment(database: string, id: number): Segment {
    const segment = this.#index.segments(database).find((one) => one.id === id);
    if (segment === undefined) throw new Error(`There is no segment ${id} of ${database}.`);
    return segment;
  }

  #watchedAt(database: string): Watched {
    const watched = this.#watched.get(database);
    if (watched === undefined) throw new TimeTravelError(`The database ${database} is not known here.`);
    return watched;
  }

  /** Runs `work` when all that was begun on the database before has ended. */
  async #alone<T>(database: string, work: (watched: Watched) => Promise<T>): Promise<T> {
    const watched = this.#watchedAt(database);
    const done = watched.busy.then(() => work(this.#watchedAt(database)));
    watched.busy = done.catch(() => undefined);
    return await done;
  }

  /** A crash leaves copies that were never listed. */
  async #removeLeftovers(database: string): Promise<void> {
    const listed = new Set(this.#index.segments(database).map(({ id }) => String(id)));
    for (const name of await readdir(this.#folder(database))) {
      if (listed.has(name.split('.')[0] ?? '')) continue;
      await rm(join(this.#folder(database), name), { recursive: true, force: true });
    }
  }

  #folder(database: string): string {
    return join(this.#dataDir, FOLDER, database);
  }
}

function positionOf({ id, frames }: Segment): Position {
  return { segment: id, frames };
}

/** What tells that a database was written to; undefined where it was never opened. */
function signature(live: string, now: number): { text: string; isSettled: boolean } | undefined {
  const options = { throwIfNoEntry: false } as const;
  const written = statSync(`${live}-wal`, options) ?? statSync(live, options);
  if (written === undefined) return undefined;
  return { text: `${written.mtimeMs}:${written.size}`, isSettled: now - written.mtimeMs > SETTLED_MS };
}
