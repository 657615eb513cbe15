import { columnConditions } from './column-conditions.ts';
import { encodeCursor } from './cursor.ts';
import { firstEntry } from './first-entry.ts';
import type { ListDefinition } from './list-definition.ts';
import { FOUND_WORD, type ListQuery } from './list-query.ts';
import type { SqlStatement } from './sql-statement.ts';

/** A page as it is answered. `next_cursor` is null on the last page. */
export interface ListPage<Item> {
  readonly data: Item[];
  readonly next_cursor: string | null;
}

/**
 * The one statement that reads a page: `limit + 1` rows, from an index, starting after the cursor's row (keyset), so
 * that inserts and deletes between two pages neither repeat nor skip a row. A search, or a filter by what a list
 * contains, starts from the entries and looks each record up.
 */
export function listStatement(definition: ListDefinition, query: ListQuery): SqlStatement {
  const { columns, table, where } = definition;
  const entry = firstEntry(definition, query);
  const conditions = [
    ...(entry ? entry.conditions : []),
    { sql: where, params: [] },
    ...columnConditions(definition, query),
    ...cursorCondition(query, entry !== null),
  ];
  const found = query.sort.field === FOUND_WORD ? [`entry.term AS ${FOUND_WORD}`] : [];
  const from = entry ? `${entry.table} AS entry CROSS JOIN ${table} ON id = entry.record_id` : table;
  const order = orderColumns(query, entry !== null).map(
    (column) => `${column} ${query.sort.descending ? 'DESC' : 'ASC'}`,
  );
  return {
    sql: `SELECT ${[...columns, ...found].join(', ')} FROM ${from} WHERE ${conditions
      .map((condition) => condition.sql)
      .join(' AND ')} ORDER BY ${order.join(', ')} LIMIT ?`,
    params: [...conditions.flatMap(({ params }) => params), query.limit + 1],
  };
}

function orderColumns({ sort }: ListQuery, fromEntry: boolean): string[] {
  const id = fromEntry ? 'entry.record_id' : 'id';
  if (sort.field === 'id') return [id];
  return [sort.field === FOUND_WORD ? 'entry.term' : sort.field, id];
}

function cursorCondition(query: ListQuery, fromEntry: boolean): SqlStatement[] {
  if (!query.cursor) return [];
  const [value, id] = query.cursor.after;
  const beyond = query.sort.descending ? '<' : '>';
  const columns = orderColumns(query, fromEntry);
  if (columns.length === 1) return [{ sql: `${columns[0]} ${beyond} ?`, params: [id] }];
  return [{ sql: `(${columns.join(', ')}) ${beyond} (?, ?)`, params: [value, id] }];
}

/** Makes the page of what {@link listStatement} read: cuts the extra row, keeps the fields that were asked for. */
export function listPage<Row extends { readonly id: string }, Item extends object>(
  rows: readonly Row[],
  query: ListQuery,
  toItem: (row: Row) => Item,
): ListPage<Partial<Item>> {
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return {
    data: page.map((row) => pick(toItem(row), query.fields)),
    next_cursor: more ? encodeCursor({ of: query.of, after: [sortValue(last, query), last.id] }) : null,
  };
}

function sortValue(row: { readonly id: string }, query: ListQuery): string | number {
  const value: unknown = Reflect.get(row, query.sort.field);
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`The list does not select its sort column ${query.sort.field}.`);
  }
  return value;
}

function pick<Item extends object>(item: Item, fields: readonly string[] | null): Partial<Item> {
  if (fields === null) return item;
  const wanted = Object.entries(item).filter(([field]) => fields.includes(field));
  return Object.fromEntries(wanted) as Partial<Item>; // each entry is the item's own
}
