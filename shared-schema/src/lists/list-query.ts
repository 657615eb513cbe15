import { type FieldProblem, validationFailed } from '../errors/platform-error.ts';
import { type Cursor, decodeCursor } from './cursor.ts';
import { type ColumnType, DEFAULT_PAGE_SIZE, type ListDefinition, MAX_PAGE_SIZE } from './list-definition.ts';

export interface Filter {
  readonly field: string;
  readonly value: string | number;
}

/** A list request that was understood. `fields` is null where whole records are wanted. */
export interface ListQuery {
  readonly limit: number;
  readonly sort: { readonly field: string; readonly descending: boolean };
  readonly filters: readonly Filter[];
  readonly fields: readonly string[] | null;
  readonly cursor: Cursor | null;
  /** Names this list, its filters and its sort: what a cursor is bound to. */
  readonly of: string;
}

const OWN_PARAMETERS = new Set(['limit', 'cursor', 'fields', 'sort']);

/**
 * Reads `?limit=&cursor=&fields=a,b&sort=` and filters by field. `sort=name` goes up, `sort=-name` down; default `id`,
 * which is the order of creation. `limit` is 1 to 200, default 50.
 *
 * Errors: `VALIDATION_FAILED` naming every parameter that is wrong or unknown; `CURSOR_INVALID`.
 */
export function parseListQuery(parameters: URLSearchParams, definition: ListDefinition): ListQuery {
  const problems = repeatedParameters(parameters);
  const limit = parseLimit(parameters.get('limit'), problems);
  const sort = parseSort(parameters.get('sort'), definition, problems);
  const fields = parseFields(parameters.get('fields'), definition, problems);
  const filters = parseFilters(parameters, definition, problems);
  if (problems.length > 0) throw validationFailed(...problems);
  const of = JSON.stringify([definition.table, sort.field, sort.descending, filters]);
  const cursor = parameters.get('cursor');
  return { limit, sort, filters, fields, of, cursor: cursor === null ? null : decodeCursor(cursor, of) };
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
): ListQuery['sort'] {
  const descending = text?.startsWith('-') ?? false;
  const field = text?.replace(/^-/, '') ?? 'id';
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

function parseFilters(
  parameters: URLSearchParams,
  definition: ListDefinition,
  problems: FieldProblem[],
): Filter[] {
  const filters: Filter[] = [];
  for (const [field, text] of parameters) {
    if (OWN_PARAMETERS.has(field)) continue;
    const type = Object.hasOwn(definition.indexed, field) ? definition.indexed[field] : undefined;
    if (type === undefined) {
      problems.push({ field, message: `Filter by one of: ${Object.keys(definition.indexed).join(', ')}.` });
    } else if (!filters.some((filter) => filter.field === field)) {
      filters.push({ field, value: parseValue(field, text, type, problems) });
    }
  }
  return filters.sort((a, b) => a.field.localeCompare(b.field));
}

function parseValue(
  field: string,
  text: string,
  type: ColumnType,
  problems: FieldProblem[],
): string | number {
  if (type === 'text') return text;
  if (!/^-?\d{1,15}$/.test(text))
    problems.push({ field, message: 'This field is filtered by a whole number.' });
  return Number(text);
}
