/** The same database, with the rows that D1 says it read for each round trip; a batch is one. */
export function rowsReadOf(registry: D1Database): { registry: D1Database; rowsRead: number[] } {
  const rowsRead: number[] = [];
  const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const note = (results: readonly D1Result[]) => {
    rowsRead.push(results.reduce((sum, { meta }) => sum + meta.rows_read, 0));
  };
  const watched = (statement: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => {
      const result = await statement.all<Record<string, unknown>>();
      note([result]);
      return result;
    };
    const proxy = {
      bind: (...values: unknown[]) => watched(statement.bind(...values)),
      ...{ all, run: all },
      first: async () => (await all()).results[0] ?? null,
    } as unknown as D1PreparedStatement; // what the registry's callers use of it
    inner.set(proxy, statement);
    return proxy;
  };
  const proxy = {
    prepare: (sql: string) => watched(registry.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await registry.batch(statements.map((statement) => inner.get(statement) ?? statement));
      note(results);
      return results;
    },
  } as unknown as D1Database; // the same
  return { registry: proxy, rowsRead };
}
