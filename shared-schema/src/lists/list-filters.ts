import * as z from 'zod';
import type { FieldProblem } from '../errors/platform-error.ts';
import type { ColumnType, ListDefinition } from './list-definition.ts';

export const RANGE_OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
type RangeOperator = keyof typeof RANGE_OPERATORS;

export interface Filter {
  readonly field: string;
  /** `eq`: has the value; `has`: has it in its list; the others: lies on that side of it. */
  readonly operator: 'eq' | 'has' | RangeOperator;
  readonly value: string | number;
}

/** What stands in a column that has no value. */
export function missingValue(type: ColumnType): string | number {
  return type === 'integer' ? -1 : '';
}

export function isRange(filter: Filter): filter is Filter & { operator: RangeOperator } {
  return Object.hasOwn(RANGE_OPERATORS, filter.operator);
}

/** Whether a column of the type can be asked for by range. */
export function isRanged(type: ColumnType): boolean {
  return type === 'date' || type === 'integer';
}

/**
 * Reads what is left of the query string as filters: `status=open`, `due_at.gte=0`, `tags=vip`. An empty value asks for
 * records without one. Adds to `problems` what is not understood.
 */
export function parseFilters(
  parameters: readonly (readonly [name: string, text: string])[],
  definition: ListDefinition,
  problems: FieldProblem[],
): Filter[] {
  const filters: Filter[] = [];
  for (const [name, text] of parameters) {
    const filter = parseFilter(name, text, definition);
    if ('message' in filter) problems.push(filter);
    else filters.push(filter);
  }
  return filters.sort((a, b) => order(a).localeCompare(order(b)));
}

function order({ field, operator }: Filter): string {
  return `${field}.${operator}`;
}

function parseFilter(name: string, text: string, definition: ListDefinition): Filter | FieldProblem {
  const [field = '', operator, ...more] = name.split('.');
  if (operator === undefined && definition.entries?.contains.includes(field)) {
    return { field, operator: 'has', value: text };
  }
  const type = Object.hasOwn(definition.indexed, field) ? definition.indexed[field] : undefined;
  if (type === undefined) return { field: name, message: `Filter by one of: ${filterNames(definition)}.` };
  if (operator === undefined) {
    const choices = definition.choices?.[field];
    if (text !== '' && choices && !choices.includes(text)) {
      return { field: name, message: `This field is one of: ${choices.join(', ')}.` };
    }
    return parseValue(name, field, 'eq', text, type);
  }
  if (more.length > 0 || !isRangeOperator(operator)) {
    return { field: name, message: 'Ask for a range by one of: .gt, .gte, .lt, .lte.' };
  }
  if (!isRanged(type)) {
    return { field: name, message: 'This field cannot be asked for by range.' };
  }
  return parseValue(name, field, operator, text, type);
}

function isRangeOperator(text: string): text is RangeOperator {
  return Object.hasOwn(RANGE_OPERATORS, text);
}

function parseValue(
  name: string,
  field: string,
  operator: 'eq' | RangeOperator,
  text: string,
  type: ColumnType,
): Filter | FieldProblem {
  if (text === '' && operator === 'eq') return { field, operator, value: missingValue(type) };
  if (type === 'integer') {
    if (/^\d{1,15}$/.test(text)) return { field, operator, value: Number(text) };
    return { field: name, message: 'This field is filtered by a whole number.' };
  }
  if (type === 'date' && !z.iso.date().safeParse(text).success) {
    return { field: name, message: 'This field is filtered by a date, YYYY-MM-DD.' };
  }
  return { field, operator, value: text };
}

function filterNames({ indexed, entries }: ListDefinition): string {
  const searched = entries?.searched ? ['q'] : [];
  return [...Object.keys(indexed), ...(entries?.contains ?? []), ...searched].join(', ');
}
