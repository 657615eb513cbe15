import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry } from '#test/support/registry-database.ts';
import { answeringRegistry } from './answering-registry.ts';

let plain: D1Database;
let registry: D1Database;
let stop: () => Promise<void>;

beforeAll(async () => {
  ({ registry: plain, stop } = await startRegistry());
  registry = answeringRegistry(plain);
});
afterAll(() => stop());

const GOOD = 'SELECT ?1 AS value';
const BAD = 'SELECT ?1 AS value FROM taken_away';

/** Every way to ask, with what it answers to the good statement. */
const CALLS: readonly [string, (database: D1Database, sql: string) => Promise<unknown>, unknown][] = [
  ['first', (database, sql) => database.prepare(sql).bind(7).first(), { value: 7 }],
  ['first of a column', (database, sql) => database.prepare(sql).bind(7).first('value'), 7],
  ['all', async (database, sql) => (await database.prepare(sql).bind(7).all()).results, [{ value: 7 }]],
  ['run', async (database, sql) => (await database.prepare(sql).bind(7).run()).results, [{ value: 7 }]],
  ['raw', (database, sql) => database.prepare(sql).bind(7).raw(), [[7]]],
  [
    'batch',
    async (database, sql) => (await database.batch([database.prepare(sql).bind(7)]))[0]?.results,
    [{ value: 7 }],
  ],
  [
    'a session',
    (database, sql) => database.withSession('first-primary').prepare(sql).bind(7).first(),
    { value: 7 },
  ],
];

describe('the registry', () => {
  it.each(CALLS)('answers %s as D1 does', async (_, call, expected) => {
    expect(await call(registry, GOOD)).toEqual(expected);
    expect(await call(plain, GOOD)).toEqual(expected);
  });

  it.each(CALLS)('is unavailable where %s is not answered, with the cause', async (_, call) => {
    const cause = await call(plain, BAD).catch((thrown: unknown) => thrown);
    await expect(call(registry, BAD)).rejects.toMatchObject({
      ...{ code: 'REGISTRY_UNAVAILABLE', status: 503, retryable: true, retryAfterMs: 1_000 },
      cause: { name: 'Error', message: Reflect.get(Object(cause), 'message') },
    });
  });

  it('takes statements of its own and plain ones in one batch', async () => {
    const results = await registry.batch([registry.prepare('SELECT 1 AS a'), plain.prepare('SELECT 2 AS b')]);
    expect(results.map((result) => result.results)).toEqual([[{ a: 1 }], [{ b: 2 }]]);
  });
});
