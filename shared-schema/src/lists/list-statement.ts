import { encodeCursor } from './cursor.ts';
import type { ListDefinition } from './list-definition.ts';
import type { ListQuery } from './list-query.ts';

export interface SqlStatement {
  readonly sql: string;
  readonly params: readonly (string | number)[];
}

/** A page as it is answered. `next_cursor` is null on the last page. */
export interface ListPage<Item> {
  readonly data: Item[];
  readonly next_cursor: string | null;
}

/**
 * The one statement that reads a page: `limit + 1` rows, from an index, starting after the cursor's row (keyset), so
 * that inserts and deletes between two pages neither repeat nor skip a row.
 */
export function listStatement(definition: ListDefinition, query: ListQuery): SqlStatement {
  const { field, descending } = query.sort;
  const direction = descending ? 'DESC' : 'ASC';
  const conditions = [definition.where, ...query.filters.map((filter) => `${filter.field} = ?`)];
  const params: (string | number)[] = query.filters.map((filter) => filter.value);
  if (query.cursor) {
    const [value, id] = query.cursor.after;
    const beyond = descending ? '<' : '>';
    conditions.push(field === 'id' ? `id ${beyond} ?` : `(${field}, id) ${beyond} (?, ?)`);
    params.push(...(field === 'id' ? [id] : [value, id]));
  }
  const order = field === 'id' ? `id ${direction}` : `${field} ${direction}, id ${direction}`;
  const sql = `SELECT ${definition.columns.join(', ')} FROM ${definition.table} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`;
  return { sql, params: [...params, query.limit + 1] };
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
