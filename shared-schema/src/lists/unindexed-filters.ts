import type { ListDefinition } from './list-definition.ts';
import type { ListQuery } from './list-query.ts';

/**
 * The fields whose index must not be taken for this query. SQLite knows of no index how many rows it gives, so between
 * `status` and `client_id` it may start from all that are open. It is kept off a choice where another filter or the
 * sort gives a better start; where the choice is all there is, or serves the sort together with it, it is the start.
 */
export function unindexedFilters(definition: ListDefinition, query: ListQuery): ReadonlySet<string> {
  const equal = query.filters.filter(({ operator }) => operator === 'eq').map(({ field }) => field);
  const choices = equal.filter((field) => definition.indexed[field] === 'choice');
  if (equal.length > choices.length) return new Set(choices);
  const sort = query.sort.field;
  const withSort = (field: string) =>
    definition.combined?.some(([filter, sorted]) => filter === field && sorted === sort) ?? false;
  const start = choices.find((field) => sort === 'id' || withSort(field));
  return new Set(choices.filter((field) => field !== start));
}
