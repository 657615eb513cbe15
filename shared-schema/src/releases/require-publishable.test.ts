import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReleaseBundle } from './release.ts';
import { releaseId } from './release-id.ts';
import { MAX_STATEMENT_BYTES, requirePublishable } from './require-publishable.ts';
import { MAX_WORKER_COMPRESSED_BYTES } from './worker-size.ts';

function migration(name: string, sql = `CREATE TABLE t${name.slice(0, 4)} (id TEXT)`) {
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

const FIRST = migration('0001_first.sql');
const SECOND = migration('0002_second.sql');
const THIRD = migration('0003_third.sql');
const CURRENT = release([FIRST, SECOND]);

function release(
  migrations: ReleaseBundle['migrations'],
  changes: Partial<ReleaseBundle> = {},
): ReleaseBundle {
  return {
    main_module: 'index.js',
    compatibility_date: '2026-11-01',
    compatibility_flags: [],
    schema_version: Number(migrations.at(-1)?.name.slice(0, 4)),
    migrations,
    modules: [{ name: 'index.js', type: 'esm', content: 'export default {}' }],
    api_tests: 'none',
    ...changes,
  };
}

describe('a release', () => {
  test.each([
    ['the first of all', CURRENT, null],
    ['the same migrations', CURRENT, CURRENT],
    ['further migrations at the end', release([FIRST, SECOND, THIRD]), CURRENT],
  ])('is publishable with %s', async (_case, bundle, current) => {
    await expect(requirePublishable(bundle, current)).resolves.toBeUndefined();
  });

  test.each([
    ['edited', [migration('0001_first.sql', 'CREATE TABLE x (id)'), SECOND], 'EDITS', '0001_first.sql'],
    ['removed at the end', [FIRST], 'REMOVES', '0002_second.sql'],
    ['removed before another', [SECOND, THIRD], 'REMOVES', '0001_first.sql'],
    ['renamed', [FIRST, migration('0002_other.sql', SECOND.sql)], 'REMOVES', '0002_second.sql'],
    ['put at the start', [migration('0000_zeroth.sql'), FIRST, SECOND], 'INSERTS', '0000_zeroth.sql'],
    ['put between', [FIRST, migration('0001_later.sql'), SECOND], 'INSERTS', '0001_later.sql'],
  ])('is refused with a migration %s', async (_case, migrations, verb, name) => {
    await expect(requirePublishable(release(migrations), CURRENT)).rejects.toMatchObject({
      code: `RELEASE_${verb}_MIGRATION`,
      context: { migration: name },
    });
  });

  test('is refused where a checksum is not that of its SQL', async () => {
    const bundle = release([FIRST, { ...SECOND, checksum: FIRST.checksum }]);
    await expect(requirePublishable(bundle, null)).rejects.toMatchObject({
      code: 'MIGRATION_CHECKSUM_MISMATCH',
      context: { migration: '0002_second.sql' },
    });
  });

  test.each([
    'BEGIN',
    'begin immediate',
    'COMMIT',
    'END TRANSACTION',
    'ROLLBACK',
    'SAVEPOINT a',
    'RELEASE a',
    'VACUUM',
    "ATTACH 'x' AS y",
    'DETACH y',
  ])('is refused where a migration says %s', async (statement) => {
    const bundle = release([migration('0001_first.sql', `SELECT 1; -- so\n${statement};`)]);
    await expect(requirePublishable(bundle, null)).rejects.toMatchObject({
      code: 'MIGRATION_STATEMENT_REFUSED',
      context: { migration: '0001_first.sql', statement: 2, starts_with: statement.split(' ')[0] },
    });
  });

  test('may have a trigger, whose body begins and ends', async () => {
    const sql =
      'CREATE TRIGGER a AFTER INSERT ON b BEGIN DELETE FROM c; END; PRAGMA defer_foreign_keys = on;';
    await expect(requirePublishable(release([migration('0001_a.sql', sql)]), null)).resolves.toBeUndefined();
  });

  test('may have statements of as many bytes as D1 takes, and none longer', async () => {
    // Each é is two bytes, the rest nine.
    const fits = `SELECT '${'é'.repeat((MAX_STATEMENT_BYTES - 10) / 2)}a'`;
    expect(Buffer.byteLength(fits)).toBe(MAX_STATEMENT_BYTES);
    const bundle = (sql: string) => release([migration('0001_a.sql', sql)]);
    await expect(requirePublishable(bundle(`${fits};SELECT 1;`), null)).resolves.toBeUndefined();
    await expect(requirePublishable(bundle(`SELECT 1;${fits}1;`), null)).rejects.toMatchObject({
      code: 'MIGRATION_STATEMENT_TOO_LONG',
      context: { migration: '0001_a.sql', statement: 2, limit_bytes: MAX_STATEMENT_BYTES },
    });
  });

  test('is refused where its Worker is larger than Cloudflare takes', async () => {
    const wasm = (bytes: number) => ({
      ...{ name: 'a.wasm', type: 'wasm' as const },
      content: randomBytes(bytes).toString('base64'),
    });
    const modules = [...CURRENT.modules, wasm(MAX_WORKER_COMPRESSED_BYTES)];
    await expect(requirePublishable(release([FIRST], { modules }), null)).rejects.toMatchObject({
      code: 'RELEASE_TOO_LARGE',
      context: { limit_bytes: MAX_WORKER_COMPRESSED_BYTES, worker_compressed_bytes: expect.any(Number) },
    });
    const text = {
      name: 'a.sql',
      type: 'text' as const,
      content: 'x'.repeat(MAX_WORKER_COMPRESSED_BYTES + 1),
    };
    const small = release([FIRST], { modules: [...CURRENT.modules, text] });
    await expect(requirePublishable(small, null)).resolves.toBeUndefined();
  });

  test.each([
    ['main_module', { main_module: 'other.js' }],
    ['migrations.1.name', { migrations: [SECOND, FIRST], schema_version: 1 }],
    ['migrations.1.name', { migrations: [FIRST, FIRST], schema_version: 1 }],
    ['schema_version', { schema_version: 3 }],
  ])('is refused where its %s contradicts the rest', async (field, changes) => {
    await expect(requirePublishable({ ...CURRENT, ...changes }, null)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      context: { fields: [{ field }] },
    });
  });

  test('has the id of its contents, in whatever order its fields come', async () => {
    const turned = Object.fromEntries(Object.entries(CURRENT).reverse()) as ReleaseBundle; // the same fields
    expect(await releaseId(turned)).toBe(await releaseId(CURRENT));
    expect(await releaseId({ ...CURRENT, api_tests: 'others' })).not.toBe(await releaseId(CURRENT));
  });
});
