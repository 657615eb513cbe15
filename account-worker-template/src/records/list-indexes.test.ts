import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENTITIES } from '#account-worker-template/entities/entities.ts';
import { type EntityDefinition, entityList } from '#account-worker-template/entities/entity.ts';
import type { ColumnType } from '#shared-schema/lists/list-definition.ts';
import { parseListQuery } from '#shared-schema/lists/list-query.ts';
import { listPage, listStatement } from '#shared-schema/lists/list-statement.ts';
import { TestAccount } from '#test/support/account.ts';

/** Enough that whoever scans, or sorts what a filter gives, reads more than a page. */
const ROWS = 400;
const LIMIT = 5;
let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
  for (const entity of ENTITIES) await fill(entity);
});

afterAll(() => account.stop());

/** Values of which several rows have the same, some have none, and every tenth row is deleted. */
function value(type: ColumnType, row: number): string | number | null {
  if (row % 7 === 0) return null;
  if (type === 'integer') return 1000 + (row % 50);
  if (type === 'date') return `2000-01-${10 + (row % 20)}`;
  return type === 'choice' ? `choice ${row % 2}` : `text ${row % 20}`;
}

async function fill(entity: EntityDefinition): Promise<void> {
  const { table, indexed, unique = [], numbered = {}, contains = [] } = entity;
  const single = [...unique.map(({ fields }) => fields[0]), ...Object.keys(numbered)];
  const rows = [...Array(ROWS).keys()].map((row) => {
    const fields = Object.entries(indexed).map(([field, type]) => [
      field,
      single.includes(field) ? `text ${row}` : value(type, row),
    ]);
    const id = `00000000-0000-7000-8000-${String(row).padStart(12, '0')}`;
    return { id, body: JSON.stringify(Object.fromEntries(fields)), deleted_at: row % 10 === 9 ? 1 : null };
  });
  await account.rows(
    `INSERT INTO ${table} (id, body, version, account_id, created_at, created_by, updated_at, updated_by, deleted_at)
      SELECT value ->> 'id', value ->> 'body', 1, 'a', 1000 + key / 3, 'u', 5000 - key / 3, 'u', value ->> 'deleted_at'
      FROM json_each(?)`,
    JSON.stringify(rows),
  );
  const live = rows.filter(({ deleted_at }) => deleted_at === null);
  const entries = live.flatMap(({ id }, row) => [
    ...contains.map((field) => [field, `text ${row % 2}`, id]),
    ...['jo', `john${row % 30}`, 'jonas', 'other'].map((word) => ['q', word, id]),
  ]);
  await account.rows(
    `INSERT INTO index_entries (entity, field, term, record_id)
      SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`,
    entity.name,
    JSON.stringify(entries),
  );
}

interface Measured {
  readonly plan: string;
  readonly rowsRead: number;
  readonly found: number;
  readonly next: string | null;
}

/** What SQLite plans and D1 reads for the first page of each query, all in one round trip. */
async function measure(entity: EntityDefinition, queries: readonly string[]): Promise<Measured[]> {
  if (queries.length === 0) return [];
  // What is filtered by here is made up.
  const definition = { ...entityList(entity), choices: {} };
  const database = await account.workers.database(account.stack);
  const parsed = queries.map((query) =>
    parseListQuery(new URLSearchParams(`${query}&limit=${LIMIT}`), definition),
  );
  const statements = parsed.map((query) => listStatement(definition, query));
  const results = await database.batch<{ id: string; detail: string }>(
    statements.flatMap(({ sql, params }) =>
      ['EXPLAIN QUERY PLAN ', ''].map((explain) => database.prepare(explain + sql).bind(...params)),
    ),
  );
  return parsed.map((query, position) => {
    const [plan, page] = results.slice(position * 2);
    if (!plan || !page) throw new Error('D1 left out a result.');
    return {
      plan: plan.results.map(({ detail }) => detail).join('; '),
      rowsRead: page.meta.rows_read,
      found: page.results.length,
      next: listPage(page.results, query, (row) => row).next_cursor,
    };
  });
}

/** The first page of each query and, where there is one, the second. */
async function pages(entity: EntityDefinition, queries: readonly string[]) {
  const first = await measure(entity, queries);
  const going = queries.flatMap((query, position) => {
    const cursor = first[position]?.next ?? null;
    return cursor === null ? [] : [{ query, cursor }];
  });
  const second = await measure(
    entity,
    going.map(({ query, cursor }) => `${query}&cursor=${cursor}`),
  );
  return [
    ...first.map((page, position) => ({ ...page, query: queries[position], later: false })),
    ...second.map((page, position) => ({ ...page, query: going[position]?.query, later: true })),
  ];
}

/**
 * A walk along one index of the table, in its order, over no more rows than the page and the one that tells of another;
 * a later page may start at the row of its cursor.
 */
async function expectWalks(entity: EntityDefinition, ...queries: readonly string[]): Promise<void> {
  for (const { query, later, plan, rowsRead, found } of await pages(entity, queries)) {
    expect({ query, plan }).toEqual({
      query,
      plan: expect.stringMatching(new RegExp(`^(SCAN|SEARCH) ${entity.table} USING INDEX \\w+( \\(.*\\))?$`)),
    });
    expect({ query, found }).not.toEqual({ query, found: 0 });
    expect({ query, rowsRead }).toEqual({ query, rowsRead: Math.min(rowsRead, LIMIT + (later ? 2 : 1)) });
  }
}

const RANGES = ['gt=', 'gte=', 'lt=', 'lte='];

describe.each(ENTITIES)('the list of $table', (entity) => {
  const { indexed } = entityList(entity);
  const fields = Object.entries(indexed);
  const ranged = fields.filter(([, type]) => type === 'integer' || type === 'date');
  const bound = (field: string, type: ColumnType) => {
    if (field === 'created_at') return 1050;
    if (field === 'updated_at') return 4950;
    return type === 'integer' ? 1025 : '2000-01-20';
  };
  const someValue = (field: string, type: ColumnType) =>
    field.endsWith('ated_at') ? bound(field, type) : encodeURIComponent(String(value(type, 1)));

  test.each(['id', ...Object.keys(indexed)])('walks an index where it is sorted by %s', async (field) => {
    await expectWalks(entity, `sort=${field}`, `sort=-${field}`);
  });

  test.each(fields)('walks an index where it is filtered by %s', async (field, type) => {
    const filtered = `${field}=${someValue(field, type)}`;
    await expectWalks(entity, filtered, `${filtered}&sort=-id`, `${filtered}&sort=-${field}`);
  });

  test.each(ranged)('walks an index over a range of %s', async (field, type) => {
    const at = bound(field, type);
    const ranges = RANGES.map((operator) => `${field}.${operator}${at}`);
    const both = `${field}.gte=${at}&${field}.lt=${type === 'integer' ? '9999' : '2000-02-01'}`;
    await expectWalks(entity, ...ranges, ...ranges.map((range) => `${range}&sort=-${field}`), both);
  });

  test.each(entity.combined ?? [])(
    'walks one index filtered by %s and sorted by %s',
    async (filter, sort) => {
      const filtered = `${filter}=${someValue(filter, indexed[filter] ?? 'text')}`;
      await expectWalks(entity, `${filtered}&sort=${sort}`, `${filtered}&sort=-${sort}`);
      if (!ranged.some(([field]) => field === sort)) return;
      const at = bound(sort, indexed[sort] ?? 'text');
      const below = `${filtered}&${sort}.lte=${at}&sort=-${sort}`;
      await expectWalks(entity, `${filtered}&${sort}.gte=${at}`, below);
    },
  );

  /** From the entries in their order, each record looked up by its id; `perRow` bounds what is read for each of them. */
  async function expectLookups(perRow: number, ...queries: readonly string[]): Promise<void> {
    for (const { query, plan, rowsRead, found } of await pages(entity, queries)) {
      expect(plan).toMatch(/^SEARCH entry USING PRIMARY KEY \(entity=\? AND field=\? AND /);
      expect(plan).toMatch(new RegExp(`; SEARCH ${entity.table} USING INDEX \\w+ \\(id=\\?\\)`));
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
      expect(found).toBeGreaterThan(0);
      expect({ query, rowsRead }).toEqual({ query, rowsRead: Math.min(rowsRead, (LIMIT + 2) * perRow) });
    }
  }

  test.each(entity.contains ?? [])(
    'starts from the entries where it asks what %s contains',
    async (field) => {
      await expectLookups(2, `${field}=text%201`, `${field}=text%201&sort=-id`);
    },
  );

  if (entity.searched) {
    test('starts from the entries where it searches', async () => {
      await expectLookups(3, 'q=john1', 'q=jo');
      await expectLookups(4, 'q=john1+other');
    });
  }
});

describe('a filter by one of few values', () => {
  test.each([
    ['/cases', 'status=open&client_id=x', 'cases_by_client_id (client_id=?)'],
    ['/cases', 'client_id=x&status=open&type=y&sort=due_at', 'cases_by_client_id (client_id=?)'],
    ['/cases', 'status=open&owner_user_id=x&sort=due_at', 'cases_by_owner_user_id_due_at (owner_user_id=?)'],
    ['/cases', 'status=open&type=y&sort=due_at', 'cases_by_status_due_at (status=?)'],
    ['/clients', 'status=active&email=x', 'clients_by_email (email=?)'],
    ['/clients', 'status=active&kind=company&sort=company_name', 'clients_by_kind_company_name (kind=?)'],
  ])('gives way to what finds fewer: %s?%s', async (path, query, index) => {
    const entity = ENTITIES.find((other) => other.path === path);
    if (!entity) throw new Error(`There is no ${path}.`);
    const [measured] = await measure(entity, [query]);
    expect(measured?.plan).toContain(`SEARCH ${entity.table} USING INDEX ${index}`);
  });
});
