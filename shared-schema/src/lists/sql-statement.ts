/** SQL, or a piece of it, and the values of its `?` in order. */
export interface SqlStatement {
  readonly sql: string;
  readonly params: readonly (string | number)[];
}
