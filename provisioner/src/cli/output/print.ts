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

/** Prints a page of things as a table of the given columns, or as JSON as the API answered it. */
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
  const rows = page.data.map((item) => columns.map((column) => cell(column, Reflect.get(item, column))));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  for (const row of [columns.map((column) => column.toUpperCase()), ...rows]) {
    console.log(
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
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
