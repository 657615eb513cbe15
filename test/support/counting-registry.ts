/** The same database, with the SQL of every round trip to it; a batch is one. */
export function countingRegistry(registry: D1Database) {
  const queries: string[] = [];
  const sqlOf = new WeakMap<D1PreparedStatement, string>();
  const counted = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => counted(target.bind(...values), sql);
        if (name === 'all' || name === 'first' || name === 'run') {
          return (...values: []) => {
            queries.push(sql);
            return target[name](...values);
          };
        }
        return Reflect.get(target, name);
      },
    });
    sqlOf.set(proxy, sql);
    inner.set(proxy, statement);
    return proxy;
  };
  const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const proxy = new Proxy(registry, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => counted(target.prepare(sql), sql);
      if (name === 'batch') {
        return (statements: D1PreparedStatement[]) => {
          queries.push(statements.map((statement) => sqlOf.get(statement)).join('; '));
          return target.batch(statements.map((statement) => inner.get(statement) ?? statement));
        };
      }
      return Reflect.get(target, name);
    },
  });
  return { registry: proxy, queries };
}
