import { encodeCursor } from './cursor.ts';
import type { ListDefinition, ListEntries } from './list-definition.ts';
import { isRange, missingValue, RANGE_OPERATORS } from './list-filters.ts';
import { FOUND_WORD, type ListQuery } from './list-query.ts';
import { unindexedFilters } from './unindexed-filters.ts';

export interface SqlStatement {
  readonly sql: string;
  readonly params: readonly (string | number)[];
}

/** A page as it is answered. `next_cursor` is null on the last page. */
export interface ListPage<Item> {
  readonly data: Item[];
  readonly next_cursor: string | null;
}

/** Past every text that starts with what stands before it: the last code point of Unicode. */
const LAST_CHARACTER = '\u{10ffff}';

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

/** What the list starts from where it does not start from the table itself, and what else the entries must say. */
function firstEntry({ entries }: ListDefinition, query: ListQuery) {
  if (!entries) return null;
  const [word, ...otherWords] = query.words;
  const contained = query.filters.filter(({ operator }) => operator === 'has');
  const [first, ...others] = contained;
  const probes = [
    ...otherWords.map((other) => hasEntry(entries, wordTerms(other))),
    ...(word === undefined ? others : contained).map(({ field, value }) =>
      hasEntry(entries, { sql: 'field = ? AND term = ?', params: [field, value] }),
    ),
  ];
  if (word !== undefined) {
    const conditions = [...entryOf(entries, 'q'), ...foundBy(entries, word, query), ...probes];
    return { table: entries.table, conditions };
  }
  if (!first) return null;
  const exact = { sql: 'entry.term = ?', params: [first.value] };
  return { table: entries.table, conditions: [...entryOf(entries, first.field), exact, ...probes] };
}

function entryOf(entries: ListEntries, field: string): SqlStatement[] {
  return [{ sql: 'entry.entity = ? AND entry.field = ?', params: [entries.entity, field] }];
}

/** The entries of words that begin so; of a record with several such words the first only. */
function foundBy(entries: ListEntries, word: string, { sort, cursor }: ListQuery): SqlStatement[] {
  const bounds = [
    { sql: 'entry.term >= ?', params: [word], given: !sort.descending },
    { sql: 'entry.term < ?', params: [word + LAST_CHARACTER], given: sort.descending },
  ].filter(({ given }) => !(given && cursor !== null && sort.field === FOUND_WORD));
  const earlier = `NOT EXISTS (SELECT 1 FROM ${entries.table} AS earlier WHERE earlier.record_id = entry.record_id AND earlier.field = 'q' AND earlier.term >= ? AND earlier.term < entry.term)`;
  return [...bounds.map(({ sql, params }) => ({ sql, params })), { sql: earlier, params: [word] }];
}

function wordTerms(word: string): SqlStatement {
  return { sql: "field = 'q' AND term >= ? AND term < ?", params: [word, word + LAST_CHARACTER] };
}

function hasEntry(entries: ListEntries, terms: SqlStatement): SqlStatement {
  const own = 'record_id = entry.record_id';
  return {
    sql: `EXISTS (SELECT 1 FROM ${entries.table} WHERE ${own} AND ${terms.sql})`,
    params: terms.params,
  };
}

function columnConditions(definition: ListDefinition, query: ListQuery): SqlStatement[] {
  const { sort, cursor, filters } = query;
  const unindexed = unindexedFilters(definition, query);
  const conditions: SqlStatement[] = [];
  for (const filter of filters) {
    const { field, operator, value } = filter;
    if (operator === 'eq') {
      conditions.push({ sql: `${unindexed.has(field) ? '+' : ''}${field} = ?`, params: [value] });
    }
    if (!isRange(filter)) continue;
    const isLower = filter.operator.startsWith('g');
    // The cursor's row lies within: a second bound on the same side would only keep SQLite from starting at it.
    if (cursor !== null && sort.field === field && isLower !== sort.descending) continue;
    conditions.push({ sql: `${field} ${RANGE_OPERATORS[filter.operator]} ?`, params: [value] });
    const bounded = filters.some((other) => other.field === field && other.operator.startsWith('g'));
    // What has no value lies below every bound, and in no range.
    const missing = missingValue(definition.indexed[field] ?? 'text');
    if (!isLower && !bounded && (cursor === null || sort.field !== field || sort.descending)) {
      conditions.push({ sql: `${field} > ?`, params: [missing] });
    }
  }
  return conditions;
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
