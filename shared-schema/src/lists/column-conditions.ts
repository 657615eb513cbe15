import type { ListDefinition } from './list-definition.ts';
import { isRange, missingValue, RANGE_OPERATORS } from './list-filters.ts';
import type { ListQuery } from './list-query.ts';
import type { SqlStatement } from './sql-statement.ts';
import { unindexedFilters } from './unindexed-filters.ts';

/** What the filters say of the table's own columns. */
export function columnConditions(definition: ListDefinition, query: ListQuery): SqlStatement[] {
  const unindexed = unindexedFilters(definition, query);
  const equal = query.filters.filter(({ operator }) => operator === 'eq');
  const ranged = new Set(query.filters.filter(isRange).map(({ field }) => field));
  return [
    ...equal.map(({ field, value }) => ({
      sql: `${unindexed.has(field) ? '+' : ''}${field} = ?`,
      params: [value],
    })),
    ...[...ranged].flatMap((field) => rangeConditions(definition, query, field)),
  ];
}

/** A record without a value lies below every bound and in no range, so a range without a lower bound gets one. */
function rangeConditions(definition: ListDefinition, query: ListQuery, field: string): SqlStatement[] {
  const bounds = query.filters.filter(isRange).filter((filter) => filter.field === field);
  const condition = ({ operator, value }: (typeof bounds)[number]) => ({
    sql: `${field} ${RANGE_OPERATORS[operator]} ?`,
    params: [value],
  });
  const lower = bounds.filter(({ operator }) => operator.startsWith('g')).map(condition);
  const upper = bounds.filter(({ operator }) => operator.startsWith('l')).map(condition);
  const missing = missingValue(definition.indexed[field] ?? 'text');
  if (lower.length === 0) lower.push({ sql: `${field} > ?`, params: [missing] });
  // The cursor's row lies within: a second bound where the page starts would only keep SQLite from starting at it.
  if (query.cursor === null || query.sort.field !== field) return [...lower, ...upper];
  return query.sort.descending ? lower : upper;
}
