import { fitColumns, shorten } from './fit-columns.ts';

/** Characters between columns. */
const GAP = 2;

export interface OutputOptions {
  readonly json?: boolean;
}

/** Prints one thing as `name  value` lines, or as JSON. */
export function printRecord(record: object, { json }: OutputOptions): void {
  if (json) {
    printJson(record);
    return;
  }
  const entries = Object.entries(record);
  const width = Math.max(...entries.map(([name]) => name.length));
  for (const [name, value] of entries) console.log(`${name.padEnd(width)}  ${cell(name, value)}`);
}

/** Prints a page of things as a table of the given columns that fits the terminal, or as JSON as the API answered it. */
export function printPage(
  page: { readonly data: readonly object[]; readonly next_cursor: string | null },
  columns: readonly string[],
  { json }: OutputOptions,
): void {
  if (json) {
    printJson(page);
    return;
  }
  if (page.data.length === 0) {
    console.log('None.');
    return;
  }
  const heads = columns.map((column) => column.toUpperCase());
  const rows = page.data.map((item) => columns.map((column) => cell(column, Reflect.get(item, column))));
  const table = [heads, ...rows];
  // What goes into a file or another program is whole.
  const widths = fitColumns(
    table,
    process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
    GAP,
  );
  for (const row of table) {
    const texts = row.map((text, column) => shorten(text, widths[column] ?? 0));
    console.log(texts.join(' '.repeat(GAP)).trimEnd());
  }
  if (page.next_cursor) console.log(`More: add --cursor ${page.next_cursor}`);
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number' && /_(at|after|since)$|^since$/.test(name))
    return new Date(value).toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
