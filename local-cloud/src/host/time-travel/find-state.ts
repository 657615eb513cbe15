import type { Position } from './bookmark.ts';
import { parseBookmark } from './bookmark.ts';
import type { Segment } from './history-index.ts';
import { TimeTravelError } from './time-travel-error.ts';

/** A database's history, as a search asks for it. */
export interface History {
  /** Oldest first. */
  segments: readonly Segment[];
  /** The frame counts at which a segment holds a whole state, in order. */
  states(segment: Segment): Promise<number[]>;
  /** The number of the last session bookmark given out in a state, -1 where none was. */
  counter(segment: Segment, frames: number): Promise<number>;
}

/** A state of the past. Not exact where it is the nearest earlier one that is still held. */
export interface FoundState extends Position {
  exact: boolean;
}

/** The state a bookmark stands for. Throws {@link TimeTravelError} where there is none, nor an earlier one. */
export async function findState(history: History, text: string): Promise<FoundState> {
  const bookmark = parseBookmark(text);
  if (bookmark === undefined) throw new TimeTravelError(`Invalid bookmark '${text}'.`);
  return bookmark.position === undefined
    ? await findSession(history, bookmark.counter, text)
    : await findPosition(history, bookmark.position, text);
}

async function findPosition(history: History, position: Position, text: string): Promise<FoundState> {
  const segment = history.segments.find(({ id }) => id === position.segment);
  if (segment === undefined) {
    throw new TimeTravelError(`The bookmark '${text}' is not one of this database, or too old.`);
  }
  if (!(await history.states(segment)).includes(position.frames)) throw unknown(text);
  return { ...position, exact: true };
}

/** The state of the transaction in which D1 gave out its session bookmark number `counter`. */
async function findSession(history: History, counter: number, text: string): Promise<FoundState> {
  const { segments } = history;
  const index = await firstWhere(
    segments,
    async (one) => (await history.counter(one, one.frames)) >= counter,
  );
  const segment = segments[index];
  if (segment === undefined) throw unknown(text);
  const states = await history.states(segment);
  const first = await firstWhere(
    states,
    async (frames) => (await history.counter(segment, frames)) >= counter,
  );
  const frames = states[first];
  if (first > 0 && frames !== undefined) {
    if ((await history.counter(segment, frames)) !== counter) throw unknown(text);
    return { segment: segment.id, frames, exact: true };
  }
  // The transaction lies before what this segment can tell apart: the end of the one before is what is nearest.
  const earlier = segments[index - 1];
  if (earlier === undefined) throw new TimeTravelError(`The bookmark '${text}' is too old.`);
  return { segment: earlier.id, frames: earlier.frames, exact: false };
}

/** The index of the first item that `holds` is true of, where it is true of all behind it; their number if of none. */
async function firstWhere<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<number> {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && (await holds(item))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function unknown(text: string): TimeTravelError {
  return new TimeTravelError(`The bookmark '${text}' is not one of this database.`);
}
