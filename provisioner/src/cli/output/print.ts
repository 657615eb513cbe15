import { fitColumns, shorten } from './fit-columns.ts';

/** Characters between columns. */
const GAP = 2;

export interface OutputOptions {
  readonly json?: boolean;
}

export interface Page {
  readonly data: readonly object[];
  readonly next_cursor: string | null;
}

/** Prints one thing as `name  value` lines, or as JSON. */
export function printRecord(record: object, { json }: OutputOptions): void {
  if (json) printJson(record);
  else printLines(recordLines(record));
}

/** Prints a page of things as a table of the given columns that fits the terminal, or as JSON as the API answered it. */
export function printPage(page: Page, columns: readonly string[], { json }: OutputOptions): void {
  if (json) printJson(page);
  else printLines(pageLines(page, columns));
}

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

export function printLines(lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

/** One thing as `name  value` lines. */
export function recordLines(record: object): string[] {
  const entries = Object.entries(record);
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${cell(name, value)}`);
}

/** A page as a table of the given columns, as wide as the terminal; whole where it goes into a file or another program. */
export function pageLines(
  { data, next_cursor }: Page,
  columns: readonly string[],
  width = outputWidth(),
): string[] {
  if (data.length === 0) return ['None.'];
  const heads = columns.map((column) => column.toUpperCase());
  const rows = data.map((item) => columns.map((column) => cell(column, Reflect.get(item, column))));
  const table = [heads, ...rows];
  const shown = fitColumns(table, width, GAP);
  const lines = table.map((row) => {
    const texts = shown.map((column) => shorten(row[column.position] ?? '', column.width));
    return texts.join(' '.repeat(GAP)).trimEnd();
  });
  const missing = heads.filter((_, position) => !shown.some((column) => column.position === position));
  if (missing.length > 0) lines.push(`(no room for ${missing.join(', ').toLowerCase()}; --json has all)`);
  if (next_cursor) lines.push(`More: add --cursor ${next_cursor}`);
  return lines;
}

/** How wide lines are to be: as the terminal, which says 0 where it does not tell; as they come, elsewhere. */
export function outputWidth(): number {
  return (process.stdout.isTTY && process.stdout.columns) || Number.POSITIVE_INFINITY;
}

function cell(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'number' && /_(at|after|since)$|^since$/.test(name)) return time(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ') || '-';
  if (typeof value !== 'object') return String(value);
  return 'code' in value && 'message' in value ? `${value.code}: ${value.message}` : JSON.stringify(value);
}

/** To the second, in UTC. */
function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '');
}
