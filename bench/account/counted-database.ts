/** What a Worker asked of its database. */
export interface DatabaseCounts {
  roundTrips: number;
  rowsRead: number;
  rowsWritten: number;
}

/** A real D1 that counts: each batch is one round trip, and D1 itself says how many rows it read and wrote. */
export function countedDatabase(database: D1Database): { database: D1Database; counts: DatabaseCounts } {
  const counts = { roundTrips: 0, rowsRead: 0, rowsWritten: 0 };
  const countBatches = <Target extends D1Database | D1DatabaseSession>(target: Target): Target =>
    new Proxy(target, {
      get(of, property) {
        if (property === 'withSession') return () => countBatches(of as D1DatabaseSession); // only D1Database has it
        if (property === 'getBookmark') return () => null;
        const value: unknown = Reflect.get(of, property);
        if (property !== 'batch') return typeof value === 'function' ? value.bind(of) : value;
        return async (statements: D1PreparedStatement[]) => {
          const results = await of.batch(statements);
          counts.roundTrips += 1;
          for (const { meta } of results) {
            counts.rowsRead += meta.rows_read;
            counts.rowsWritten += meta.rows_written;
          }
          return results;
        };
      },
    });
  return { database: countBatches(database), counts };
}
