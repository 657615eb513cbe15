const ROUND_TRIPS = new Set<PropertyKey>(['first', 'all', 'run', 'raw']);

/** A real D1 that counts round trips: each batch is one, and so is each statement that is sent by itself. */
export function countedRegistry(registry: D1Database): { registry: D1Database; roundTrips: () => number } {
  let roundTrips = 0;
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, property) {
        if (property === 'bind') return (...values: unknown[]) => counted(target.bind(...values));
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        if (ROUND_TRIPS.has(property)) roundTrips += 1;
        return value.bind(target);
      },
    });
    originals.set(proxy, statement);
    return proxy;
  };
  const countedDatabase = new Proxy(registry, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => counted(target.prepare(sql));
      if (property !== 'batch')
        throw new TypeError(`Signups do not use ${String(property)} of the registry.`);
      return (statements: D1PreparedStatement[]) => {
        roundTrips += 1;
        return target.batch(statements.map((statement) => originals.get(statement) ?? statement));
      };
    },
  });
  return { registry: countedDatabase, roundTrips: () => roundTrips };
}
