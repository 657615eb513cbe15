export type SqlValue = string | number | null;

/** A piece of SQL and the values of its `?` in order. Pieces nest, and a value never becomes part of the text. */
export interface Sql {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Makes SQL of a template: a piece is put in as it is, any other value is bound. */
export function sql(texts: TemplateStringsArray, ...parts: readonly (Sql | SqlValue)[]): Sql {
  const pieces = parts.map(toSql);
  const text = texts.reduce((before, after, position) => `${before}${pieces[position - 1]?.sql}${after}`);
  return { sql: text, params: pieces.flatMap((piece) => piece.params) };
}

/** A name out of our own definitions (a table, a column). Never for anything that a caller sent. */
export function identifier(name: string): Sql {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`Not an SQL name: ${name}`);
  return { sql: name, params: [] };
}

/** The pieces with a separator between them. */
export function join(pieces: readonly Sql[], separator: string): Sql {
  return {
    sql: pieces.map((piece) => piece.sql).join(separator),
    params: pieces.flatMap((piece) => piece.params),
  };
}

/** True where every condition is. */
export function allOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0
    ? sql`1`
    : join(
        conditions.map((c) => sql`(${c})`),
        ' AND ',
      );
}

function toSql(part: Sql | SqlValue): Sql {
  return typeof part === 'object' && part !== null ? part : { sql: '?', params: [part] };
}
