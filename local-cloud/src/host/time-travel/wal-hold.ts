import { DatabaseSync } from 'node:sqlite';
import type { Segment } from './history-index.ts';

/** SQLite begins a WAL anew once it has this many frames and all are copied back (its default, which workerd leaves). */
const TURN_FRAMES = 1000;
const HELD_FROM_FRAMES = TURN_FRAMES / 2;
const TURN_ATTEMPTS = 3;
const LOCK_TIMEOUT_MS = 1000;

/** A read transaction on a live database: while it lasts, the WAL is not begun anew. No writer waits for it. */
export function pinWal(live: string): DatabaseSync {
  const pin = new DatabaseSync(live, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
  try {
    pin.exec('BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1');
  } catch (error) {
    pin.close();
    throw error;
  }
  return pin;
}

/**
 * Holds a WAL that is half full, so that what is written between two looks is still there at the second one, and lets go of
 * it when all of it is copied: then the next write begins it anew. Under writes that never pause it lets go all the same.
 */
export class WalHold {
  readonly #live: string;
  #pin: DatabaseSync | undefined;

  constructor(live: string) {
    this.#live = live;
  }

  /** To be called when a segment was extended; `extend` does so again. */
  async settle(segment: Segment, extend: () => Promise<Segment>): Promise<void> {
    if (segment.frames < HELD_FROM_FRAMES) return;
    if (segment.frames < TURN_FRAMES) {
      this.#pin ??= pinWal(this.#live);
      return;
    }
    const checkpointer = new DatabaseSync(this.#live, { timeout: LOCK_TIMEOUT_MS });
    try {
      for (let attempt = 1; attempt <= TURN_ATTEMPTS; attempt += 1) {
        this.#replace(pinWal(this.#live));
        const result = checkpointer.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
        const { frames } = await extend();
        if (result?.checkpointed === frames) break;
      }
    } finally {
      checkpointer.close();
      this.drop();
    }
  }

  /** Lets go of the WAL. Safe to repeat. */
  drop(): void {
    this.#replace(undefined);
  }

  #replace(pin: DatabaseSync | undefined): void {
    this.#pin?.close();
    this.#pin = pin;
  }
}
