/** Rows a statement: each is well within what D1 allows for one query. */
const ROWS_PER_STATEMENT = 20_000;

export interface FillOptions {
  readonly count: number;
  /** Distinguishes the ids of one filling from another's in the same table. */
  readonly series: number;
  readonly accountId: string;
  readonly accountColumn: 'account_id' | 'organization_id';
}

/** Inserts clients with even spread of kinds, states and names. Ids are in the order of creation. */
export async function fillClients(database: D1Database, options: FillOptions): Promise<void> {
  const { count, series, accountId, accountColumn } = options;
  const byWhom = accountColumn === 'account_id' ? ', created_by, updated_by' : '';
  const whom = accountColumn === 'account_id' ? ", 'bench', 'bench'" : '';
  for (let from = 0; from < count; from += ROWS_PER_STATEMENT) {
    const until = Math.min(from + ROWS_PER_STATEMENT, count);
    await database
      .prepare(
        `WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)
         INSERT INTO clients (id, ${accountColumn}, body, version, created_at, updated_at${byWhom})
         SELECT printf('%08x-0000-7000-8000-%012x', ?3, n), ?4, json_object(
           'kind', CASE n % 3 WHEN 0 THEN 'company' ELSE 'individual' END,
           'title', NULL, 'first_name', printf('First%05d', (n * 7919) % 50000),
           'last_name', printf('Last%05d', (n * 104729) % 50000), 'company_name', printf('Company%05d', n % 50000),
           'email', printf('client%d@bench.example', n), 'phone', NULL, 'date_of_birth', NULL,
           'addresses', json('[]'), 'status', CASE n % 10 WHEN 0 THEN 'archived' ELSE 'active' END,
           'owner_user_id', NULL, 'tags', json('["bench"]')
         ), 1, 1700000000000 + n, 1700000000000 + n${whom} FROM numbers`,
      )
      .bind(from, until, series, accountId)
      .run();
  }
}
