/** A state in a database's history: the first `frames` frames of the WAL that a segment holds, on its base. */
export interface Position {
  segment: number;
  frames: number;
}

/** A bookmark taken apart. `position` is absent in one that a D1 session gave out. */
export interface Bookmark {
  /** The number of the last session bookmark that D1 had given out. */
  counter: number;
  position?: Position;
}

const FORM = /^(?<high>[0-9a-f]{8})-(?<low>[0-9a-f]{8})-(?<segment>[0-9a-f]{8})-0{24}(?<frames>[0-9a-f]{8})$/;

/**
 * The bookmark of a position. It sorts after the session bookmarks that came before it, and before those that come after;
 * workerd leaves the last two groups of its own at zero (tried with 1.20261117). Only where none was given out yet (`counter`
 * is -1) it sorts after the first, which is all zeros.
 */
export function formatBookmark(counter: number, { segment, frames }: Position): string {
  const digits = Math.max(0, counter).toString(16).padStart(16, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-${hex8(segment)}-${'0'.repeat(24)}${hex8(frames)}`;
}

/** The bookmark a text names, or undefined where it is none that could have been given out here. */
export function parseBookmark(text: string): Bookmark | undefined {
  const { high = '', low = '', segment = '', frames = '' } = FORM.exec(text)?.groups ?? {};
  if (high === '') return undefined;
  const counter = Number.parseInt(`${high}${low}`, 16);
  const position = { segment: Number.parseInt(segment, 16), frames: Number.parseInt(frames, 16) };
  if (position.segment > 0) return { counter, position };
  return position.frames === 0 ? { counter } : undefined;
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}
