import type { Choices } from './choices.ts';

/**
 * How a column is kept and asked for. A column is never null; what has no value is `''`, or -1 for an integer, and so
 * sorts before everything that has one.
 *
 * `choice` is a text of which many records have the same; `date` is YYYY-MM-DD. Dates and integers can be asked for
 * by range.
 */
export type ColumnType = 'text' | 'choice' | 'date' | 'integer';

/**
 * The table that finds a record by one of several values: rows of `entity`, `field`, `term` and `record_id`, in this
 * order an index, and (record_id, field, term) another.
 */
export interface ListEntries {
  readonly table: string;
  readonly entity: string;
  /** Fields that hold a list: `tags=vip` asks for the records whose list has it. */
  readonly contains: readonly string[];
  /** Whether `q=` searches; the words are the terms of the field `q`. */
  readonly searched: boolean;
}

/** What a list offers. Every indexed field is a column with an index on (field, id), never null. */
export interface ListDefinition {
  readonly table: string;
  /** What is selected: column names, or an expression with an alias. `id` and every indexed field must be among them. */
  readonly columns: readonly string[];
  /** The condition that every row of the list meets, as its partial indexes state it; `1` where there is none. */
  readonly where: string;
  /** The fields that may be filtered and sorted by, besides `id`. */
  readonly indexed: Readonly<Record<string, ColumnType>>;
  /** Indexed fields that are one of a few texts: asking for another one is refused. Others here mean nothing. */
  readonly choices?: Choices;
  /** Pairs of a filter and a sort that an index on (filter, sort, id) serves together. */
  readonly combined?: readonly (readonly [filter: string, sort: string])[];
  readonly entries?: ListEntries;
  /** The fields that `fields=` may name: those of the records answered. */
  readonly fields: readonly string[];
}

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;
/** How many different words `q` may have. */
export const MAX_SEARCH_WORDS = 8;
