import type { ListDefinition, ListEntries } from './list-definition.ts';
import { FOUND_WORD, type ListQuery } from './list-query.ts';
import type { SqlStatement } from './sql-statement.ts';

/** Past every text that starts with what stands before it: the last code point of Unicode. */
const LAST_CHARACTER = '\u{10ffff}';

/**
 * What a list starts from where it searches or asks what a list contains, instead of the table itself: the entries of
 * the longest word or of the first value, and what the other entries must say. Null where it starts from the table.
 */
export function firstEntry({ entries }: ListDefinition, query: ListQuery) {
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
