import type { Call } from './call.ts';

/** Most calls kept; the oldest go first. */
const MAX_CALLS = 50_000;

/** A call as the log shows it. Times are milliseconds since the Unix epoch. */
export interface LoggedCall extends Call {
  /** Ascending in the order the calls came. */
  id: number;
  state: 'running' | 'held-before' | 'held-after' | 'done';
  /** What was answered; null while it runs, and for good where the connection was dropped. */
  status: number | null;
  /** The kinds of fault it met, and `quota`. */
  faults: string[];
  started_at: number;
  finished_at: number | null;
}

/** The calls that came, in order. */
export class CallLog {
  #calls: LoggedCall[] = [];
  #lastId = 0;
  #forgotten = 0;

  /** Logs a call that begins. The entry is kept up to date by whoever handles the call. */
  begin(call: Call, now: number): LoggedCall {
    this.#lastId += 1;
    const times = { started_at: now, finished_at: null };
    const entry: LoggedCall = {
      id: this.#lastId,
      ...call,
      state: 'running',
      status: null,
      faults: [],
      ...times,
    };
    this.#calls.push(entry);
    if (this.#calls.length > MAX_CALLS) {
      this.#calls.shift();
      this.#forgotten += 1;
    }
    return entry;
  }

  /** What is kept, oldest first, and how many were forgotten since the last clearing. */
  read(): { calls: LoggedCall[]; forgotten: number } {
    return { calls: this.#calls, forgotten: this.#forgotten };
  }

  clear(): void {
    this.#calls = [];
    this.#forgotten = 0;
  }
}
