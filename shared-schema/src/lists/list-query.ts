import { type FieldProblem, validationFailed } from '../errors/platform-error.ts';
import { type Cursor, decodeCursor } from './cursor.ts';
import {
  DEFAULT_PAGE_SIZE,
  type ListDefinition,
  MAX_PAGE_SIZE,
  MAX_SEARCH_WORDS,
} from './list-definition.ts';
import { type Filter, isRange, parseFilters } from './list-filters.ts';
import { searchWords } from './search-words.ts';

/** A list request that was understood. `fields` is null where whole records are wanted. */
export interface ListQuery {
  readonly limit: number;
  /** `q` stands for the word by which a search found the record. */
  readonly sort: { readonly field: string; readonly descending: boolean };
  readonly filters: readonly Filter[];
  /** The words that a record must have, each at least as the beginning of one of its own; the longest first. */
  readonly words: readonly string[];
  readonly fields: readonly string[] | null;
  readonly cursor: Cursor | null;
  /** Names this list, its filters and its sort: what a cursor is bound to. */
  readonly of: string;
}

const OWN_PARAMETERS = new Set(['limit', 'cursor', 'fields', 'sort']);
/** The order of a search for which no other was asked: that of the words found. */
export const FOUND_WORD = 'q';

/**
 * Reads `?limit=&cursor=&fields=a,b&sort=`, `q`, and filters by field. `limit` is 1 to 200, default 50. `sort=name` goes
 * up, `sort=-name` down. Where no sort is asked for it is the one that an index gives: that of the words found by `q`,
 * else that of the range asked for, else `id`, which is the order of creation.
 *
 * Errors: `VALIDATION_FAILED` naming every parameter that is wrong or unknown; `CURSOR_INVALID`.
 */
export function parseListQuery(parameters: URLSearchParams, definition: ListDefinition): ListQuery {
  const problems = repeatedParameters(parameters);
  const repeated = new Set(problems.map(({ field }) => field));
  const limit = parseLimit(parameters.get('limit'), problems);
  const asked = parseSort(parameters.get('sort'), definition, problems);
  const fields = parseFields(parameters.get('fields'), definition, problems);
  const searched = definition.entries?.searched ?? false;
  const words = searched ? parseSearch(parameters.get('q'), problems) : [];
  const own = (name: string) => OWN_PARAMETERS.has(name) || (searched && name === 'q') || repeated.has(name);
  const filters = parseFilters(
    [...parameters].filter(([name]) => !own(name)),
    definition,
    problems,
  );
  if (problems.length > 0) throw validationFailed(...problems);
  const sort = effectiveSort(asked, filters, words);
  const of = JSON.stringify([definition.table, sort.field, sort.descending, filters, words]);
  const cursor = parameters.get('cursor');
  return {
    ...{ limit, sort, filters, words, fields, of },
    cursor: cursor === null ? null : decodeCursor(cursor, of),
  };
}

function effectiveSort(
  asked: ListQuery['sort'] | null,
  filters: readonly Filter[],
  words: readonly string[],
): ListQuery['sort'] {
  const given = words.length > 0 ? FOUND_WORD : (filters.find(isRange)?.field ?? 'id');
  const { field, descending } = asked ?? { field: given, descending: false };
  // Where all have the same value, the order is that of the ids.
  const same = filters.some((filter) => filter.operator === 'eq' && filter.field === field);
  return { field: same ? 'id' : field, descending };
}

function parseSearch(text: string | null, problems: FieldProblem[]): string[] {
  if (text === null) return [];
  const words = searchWords(text);
  if (words.length === 0) problems.push({ field: 'q', message: 'Search for a letter or a digit at least.' });
  if (words.length > MAX_SEARCH_WORDS) {
    problems.push({ field: 'q', message: `Search for at most ${MAX_SEARCH_WORDS} words.` });
  }
  return words.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

function repeatedParameters(parameters: URLSearchParams): FieldProblem[] {
  const names = [...parameters.keys()];
  const repeated = new Set(names.filter((name, position) => names.indexOf(name) !== position));
  return [...repeated].map((field) => ({ field, message: 'Give this parameter once.' }));
}

function parseLimit(text: string | null, problems: FieldProblem[]): number {
  if (text === null) return DEFAULT_PAGE_SIZE;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_PAGE_SIZE) {
    problems.push({ field: 'limit', message: `A limit is a whole number from 1 to ${MAX_PAGE_SIZE}.` });
  }
  return limit;
}

function parseSort(
  text: string | null,
  definition: ListDefinition,
  problems: FieldProblem[],
): ListQuery['sort'] | null {
  if (text === null) return null;
  const descending = text.startsWith('-');
  const field = text.replace(/^-/, '');
  if (field !== 'id' && !Object.hasOwn(definition.indexed, field)) {
    problems.push({
      field: 'sort',
      message: `Sort by one of: id, ${Object.keys(definition.indexed).join(', ')}.`,
    });
  }
  return { field, descending };
}

function parseFields(
  text: string | null,
  definition: ListDefinition,
  problems: FieldProblem[],
): string[] | null {
  if (text === null) return null;
  const fields = text.split(',');
  const unknown = fields.filter((field) => !definition.fields.includes(field));
  if (unknown.length > 0) {
    problems.push({ field: 'fields', message: `Not a field of this list: ${unknown.join(', ')}.` });
  }
  return fields;
}
