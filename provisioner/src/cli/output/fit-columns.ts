/** No column is made narrower than this. */
const MIN_WIDTH = 12;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * How wide each column of a table is to be so that its rows fit: as wide as what is in it, the widest shortened first. Ids are
 * left whole, for they are copied; so a table of many may still be too wide. `gap` characters stand between columns.
 */
export function fitColumns(rows: readonly (readonly string[])[], width: number, gap: number): number[] {
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? ''));
  const widths = columns.map((cells) => Math.max(...cells.map((text) => text.length)));
  const least = columns.map((cells, column) =>
    cells.some((text) => ID.test(text)) ? (widths[column] ?? 0) : Math.min(widths[column] ?? 0, MIN_WIDTH),
  );
  for (;;) {
    const total = widths.reduce((sum, one) => sum + one, gap * (widths.length - 1));
    const spare = widths.map((one, column) => (one > (least[column] ?? 0) ? one : 0));
    const widest = Math.max(...spare);
    if (total <= width || widest === 0) return widths;
    const column = spare.indexOf(widest);
    widths[column] = widest - 1;
  }
}

/** The text in so many characters, with a sign where it goes on. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}
