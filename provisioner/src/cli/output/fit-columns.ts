/** What may be cut is made no narrower than this. */
const MIN_WIDTH = 12;

/** A column that is shown: which, and how wide. */
export interface FittedColumn {
  readonly position: number;
  readonly width: number;
}

/**
 * Which columns of a table are shown so that its rows fit, and how wide each is. Only sentences are cut, the widest first:
 * ids, names and times are copied, so they are whole or not there. A column comes before those to its right; the first is
 * always there. `gap` characters stand between columns.
 */
export function fitColumns(rows: readonly (readonly string[])[], width: number, gap: number): FittedColumn[] {
  const shown: { position: number; width: number; least: number }[] = [];
  let left = width;
  for (const position of (rows[0] ?? []).keys()) {
    const cells = rows.map((row) => row[position] ?? '');
    const least = Math.max(...cells.map(leastWidth));
    if (shown.length > 0 && least + gap > left) continue;
    shown.push({ position, width: Math.max(...cells.map((text) => text.length)), least });
    left -= least + (shown.length > 1 ? gap : 0);
  }
  const total = () => shown.reduce((sum, column) => sum + column.width, gap * (shown.length - 1));
  while (total() > width) {
    const [widest] = shown.filter((column) => column.width > column.least).sort((a, b) => b.width - a.width);
    if (!widest) break;
    widest.width -= 1;
  }
  return shown.map(({ position, width }) => ({ position, width }));
}

/** The text in so many characters, with a sign where it goes on. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

function leastWidth(text: string): number {
  return /[ {]/.test(text) ? Math.min(text.length, MIN_WIDTH) : text.length;
}
