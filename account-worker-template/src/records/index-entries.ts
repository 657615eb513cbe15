import { searchWords } from '#shared-schema/lists/search-words.ts';
import { type Sql, sql } from '../database/sql.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import type { Fields } from './changed-fields.ts';

/** How many words of one record are searched for. A name has at most 200 characters, so this is enough for any real one. */
const MAX_WORDS = 64;

type Entry = readonly [field: string, term: string];

/**
 * Ensures that the record is found by what it contains and by the words it is searched for, where `happened` holds.
 * `before` is null for a new record. Nothing is written where its terms stay what they were.
 */
export function indexRecord(
  entity: EntityDefinition,
  record: { readonly id: string; readonly before: Fields | null; readonly after: Fields },
  happened: Sql,
): Sql[] {
  const { id, before, after } = record;
  const old = before === null ? [] : entriesOf(entity, before);
  const entries = entriesOf(entity, after);
  if (JSON.stringify(old) === JSON.stringify(entries)) return [];
  return [
    ...(old.length > 0 ? [sql`DELETE FROM index_entries WHERE record_id = ${id} AND ${happened}`] : []),
    sql`INSERT INTO index_entries (entity, field, term, record_id)
      SELECT ${entity.name}, entry.value ->> 0, entry.value ->> 1, ${id}
      FROM json_each(${JSON.stringify(entries)}) AS entry WHERE ${happened}`,
  ];
}

function entriesOf(entity: EntityDefinition, fields: Fields): Entry[] {
  const contained = (entity.contains ?? []).flatMap((field) =>
    [...new Set(texts(fields[field]))].map((text): Entry => [field, text]),
  );
  const searched = (entity.searched ?? []).flatMap((field) => texts(fields[field]));
  const words = searchWords(searched.join(' ')).slice(0, MAX_WORDS);
  return [...contained, ...words.map((word): Entry => ['q', word])];
}

function texts(value: unknown): string[] {
  return [value ?? []].flat().filter((text) => typeof text === 'string');
}
