import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** The longest statement that D1 takes: 100 KB (its limits page, November 2026). */
export const MAX_STATEMENT_BYTES = 100_000;

/** The longest piece of a text: 30,000 UTF-16 units, which are 90,000 bytes of UTF-8 at most. Even, for a byte is two digits. */
const PIECE_LENGTH = 30_000;

/** Holds pieces of one row at a time, while a file is restored. No table of an account may have this name. */
export const PIECES_TABLE = '"_freehold_pieces"';
export const CREATE_PIECES = `CREATE TABLE ${PIECES_TABLE} (position INTEGER PRIMARY KEY, piece NOT NULL);`;
export const DROP_PIECES = `DROP TABLE ${PIECES_TABLE};`;

const LITERAL = /(X?)'((?:[^']|'')*)'/gi;
const encoder = new TextEncoder();

/** A text of one UTF-16 unit has three bytes of UTF-8 at most: only a long one is measured. */
export function isTooLong(statement: string): boolean {
  if (statement.length * 3 <= MAX_STATEMENT_BYTES) return false;
  return statement.length > MAX_STATEMENT_BYTES || encoder.encode(statement).length > MAX_STATEMENT_BYTES;
}

interface Literal {
  readonly start: number;
  readonly end: number;
  readonly isBlob: boolean;
  readonly inner: string;
}

/**
 * The INSERT as statements that are short enough each and do the same: its longest literals are laid into
 * {@link PIECES_TABLE} in pieces, and the last but one joins them in the row's own and only INSERT, so that its CHECKs see
 * the whole value. The pieces are gone after the last.
 *
 * Error: `EXPORT_NOT_RESTORABLE` where it cannot be made short enough.
 */
export function shortenStatement(insert: string): string[] {
  const longest = literalsOf(insert).sort((a, b) => b.inner.length - a.inner.length);
  const chosen: Literal[] = [];
  let length = insert.length;
  for (const literal of longest) {
    // A third of the limit, as for every character in it that is not counted here: UTF-8 may take three bytes.
    if (length * 3 <= MAX_STATEMENT_BYTES) break;
    chosen.push(literal);
    length -= literal.end - literal.start;
  }
  return replaceLiterals(
    insert,
    chosen.sort((a, b) => a.start - b.start),
  );
}

function literalsOf(insert: string): Literal[] {
  return [...insert.matchAll(LITERAL)].map(({ 0: text, 1: prefix = '', 2: inner = '', index }) => ({
    start: index,
    end: index + text.length,
    isBlob: prefix !== '',
    inner,
  }));
}

function replaceLiterals(insert: string, literals: readonly Literal[]): string[] {
  const statements: string[] = [];
  let joined = '';
  let copied = 0;
  let position = 0;
  for (const { start, end, isBlob, inner } of literals) {
    const pieces = piecesOf(inner);
    for (const [i, piece] of pieces.entries()) {
      const value = `${isBlob ? 'X' : ''}'${piece}'`;
      statements.push(`INSERT INTO ${PIECES_TABLE} VALUES(${position + i},${value});`);
    }
    const whole = join(position, position + pieces.length);
    // Blobs are joined byte by byte, and are text after that.
    joined += insert.slice(copied, start) + (isBlob ? `CAST(${whole} AS BLOB)` : whole);
    copied = end;
    position += pieces.length;
  }
  joined += insert.slice(copied);
  if (isTooLong(joined)) throw new PlatformError('EXPORT_NOT_RESTORABLE', { context: { reason: 'row' } });
  return [...statements, joined, `DELETE FROM ${PIECES_TABLE};`];
}

/** In halves of halves: D1 takes expressions a hundred deep, and a long text has more pieces than that. */
function join(from: number, to: number): string {
  if (to - from === 1) return `(SELECT piece FROM ${PIECES_TABLE} WHERE position=${from})`;
  const middle = (from + to) >> 1;
  return `(${join(from, middle)}||${join(middle, to)})`;
}

/** Cuts between characters: not within a surrogate pair, and not between a quote and the one that doubles it. */
function piecesOf(inner: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < inner.length) {
    let end = Math.min(start + PIECE_LENGTH, inner.length);
    while (end < inner.length && isWithinCharacter(inner, start, end)) end -= 1;
    pieces.push(inner.slice(start, end));
    start = end;
  }
  return pieces.length === 0 ? [''] : pieces;
}

function isWithinCharacter(inner: string, start: number, end: number): boolean {
  const before = inner.charCodeAt(end - 1);
  if (before >= 0xd800 && before <= 0xdbff) return true;
  let quotes = 0;
  while (end - 1 - quotes >= start && inner[end - 1 - quotes] === "'") quotes += 1;
  return quotes % 2 === 1;
}
