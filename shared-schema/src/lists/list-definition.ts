/** How SQLite keeps a column: decides how a value in a query string is read. */
export type ColumnType = 'text' | 'integer';

/** What a list offers. Every indexed field is a column with an index on (field, id), never null. */
export interface ListDefinition {
  readonly table: string;
  /** What is selected: column names, or an expression with an alias. `id` and every indexed field must be among them. */
  readonly columns: readonly string[];
  /** The condition that every row of the list meets, as its partial indexes state it; `1` where there is none. */
  readonly where: string;
  /** The fields that may be filtered and sorted by, besides `id`. */
  readonly indexed: Readonly<Record<string, ColumnType>>;
  /** The fields that `fields=` may name: those of the records answered. */
  readonly fields: readonly string[];
}

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 200;
