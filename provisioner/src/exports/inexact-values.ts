/** A column of a table, as SQLite describes it. */
export interface TableColumn {
  readonly table_name: string;
  readonly column_name: string;
  readonly type: string;
}

/** Every stored column of every table of an account's, in the order of tables. */
export const READ_COLUMNS = `SELECT tables.name AS table_name, columns.name AS column_name, columns.type
  FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
  WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND tables.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
  ORDER BY tables.name, columns.cid`;

/**
 * One query for each table that says which of its columns hold a value that D1's dump does not carry over: 1 or 0 by the
 * column's name. Dumps are made of JavaScript values (miniflare's `dumpSql.ts`, which is D1's own, November 2026): integers
 * beyond 2^53 are rounded; whole reals become integers where the column does not make them real again; a NUL ends the
 * statement; and a text with line breaks is written with `\n` for them, so that one that has a `\n` of its own as well comes
 * back as another. A comparison of two dumps cannot see any of it.
 */
export function inexactValueQueries(columns: readonly TableColumn[]): string[] {
  const byTable = Map.groupBy(columns, (column) => column.table_name);
  return [...byTable].map(([table, its]) => {
    const found = its.map((column) => {
      const name = quoted(column.column_name);
      return `COALESCE(MAX(${isInexact(name, column.type)}), 0) AS ${name}`;
    });
    return `SELECT ${found.join(', ')} FROM ${quoted(table)}`;
  });
}

function isInexact(name: string, type: string): string {
  const broken = (code: number, letter: string) =>
    `(instr(${name}, char(${code})) > 0 AND instr(${name}, '\\${letter}') > 0)`;
  const cases = [
    `WHEN 'text' THEN instr(${name}, char(0)) > 0 OR ${broken(10, 'n')} OR ${broken(13, 'r')}`,
    `WHEN 'integer' THEN ${name} NOT BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`,
    ...(hasRealAffinity(type) ? [] : [`WHEN 'real' THEN CAST(${name} AS INTEGER) = ${name}`]),
  ];
  return `CASE typeof(${name}) ${cases.join(' ')} ELSE 0 END`;
}

/** SQLite's own rule (sqlite.org/datatype3.html, 3.1). */
function hasRealAffinity(type: string): boolean {
  return /REAL|FLOA|DOUB/i.test(type) && !/INT|CHAR|CLOB|TEXT|BLOB/i.test(type);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
