import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import {
  type ReleaseBundle,
  releaseBundleSchema,
  releaseDetailSchema,
  releaseSchema,
} from '#shared-schema/releases/release.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { openAccount } from './support/open-account.ts';
import { copyProject } from './support/project-copy.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';

/** A trial starts a local cloud and runs three hundred requests, twice over. */
const TRIAL_MS = 240_000;

let platform: CliPlatform;
let built: ReleaseBundle;

beforeAll(async () => {
  platform = await startCliPlatform();
  const made = await platform.run(`releases build --output ${join(platform.folder, 'built.json')}`);
  expect(made.exitCode, made.stderr).toBe(0);
  built = releaseBundleSchema.parse(JSON.parse(await readFile(join(platform.folder, 'built.json'), 'utf8')));
}, 120_000);
afterAll(() => platform?.stop());

async function current() {
  const { url, admin_token: token } = platform.instance;
  const { body } = await send(`${url}/admin/releases?sort=-current_since&limit=1`, { token });
  const [release] = z.object({ data: z.array(releaseSchema.strict()) }).parse(body).data;
  if (!release) throw new Error('There is no release.');
  return release;
}

async function publishFile(bundle: object) {
  const file = join(platform.folder, 'next.json');
  await writeFile(file, JSON.stringify(bundle));
  return platform.run(`releases publish ${file} --json`);
}

async function withMigration(name: string, sql: string): Promise<ReleaseBundle> {
  const migrations = [...built.migrations, { name, sql, checksum: await sha256Hex(sql) }];
  return { ...built, migrations, schema_version: Number.parseInt(name, 10) };
}

function withFirst(changes: Partial<ReleaseBundle['migrations'][number]>): ReleaseBundle {
  const [first, ...others] = built.migrations;
  if (!first) throw new Error('There are no migrations.');
  return { ...built, migrations: [{ ...first, ...changes }, ...others] };
}

test('a build is a file with all that a release is, and what was built here is what the platform began with', async () => {
  const { stdout, stderr } = await platform.run(
    `releases build --json --output ${join(platform.folder, 'b.json')}`,
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toStrictEqual({
    ...{ id: (await current()).id, schema_version: built.schema_version },
    ...{ worker_bytes: expect.any(Number), worker_compressed_bytes: expect.any(Number) },
    file: join(platform.folder, 'b.json'),
    migrations: built.migrations.map(({ name, checksum }) => ({ name, checksum })),
  });
});

test('a release is shown with its migrations, its size, and how many stacks run it', async () => {
  await openAccount(platform.instance, 'shown');
  const release = await current();
  const shown = await platform.run(`releases show ${release.id} --json`);
  expect(releaseDetailSchema.strict().parse(JSON.parse(shown.stdout))).toMatchObject({
    ...release,
    ...{ is_current: true, stacks: 1 },
    migrations: built.migrations.map(({ name, checksum }) => ({ name, checksum })),
  });
  const forPeople = await platform.run(`releases show ${release.id}`);
  expect(forPeople.stdout).toMatch(/^stacks +1$/m);
  expect(forPeople.stdout).toMatch(/^0001_create_stack\.sql +[0-9a-f]{64}$/m);
  const listed = await platform.run('releases list --sort -current_since');
  expect(listed.stdout).toMatch(new RegExp(`^ID .*\n${release.id} `));
});

test('a release that is not there is not shown, nor a file that is none published', async () => {
  expect(await platform.run('releases show nothing')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^RELEASE_NOT_FOUND: There is no such release\.\n {2}release_id: nothing\n.*\nNext: See which releases there are: freehold releases list$/,
    ),
  });
  const nowhere = join(platform.folder, 'nowhere.json');
  for (const [file, why] of [
    [nowhere, `There is no file ${nowhere}.`],
    ['test', 'test is not a release.'],
    ['package.json', 'package.json is not a release.'],
  ]) {
    const { exitCode, stderr } = await platform.run(`releases publish ${file}`);
    expect({ exitCode, stderr }).toStrictEqual({
      ...{ exitCode: 1, stderr: `RELEASE_FILE_INVALID: ${why}\nNext: Build one: freehold releases build` },
    });
  }
});

test('publishing the current release again changes nothing, and tries nothing', async () => {
  const before = await current();
  const again = await platform.run('releases publish --json');
  expect(again).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(again.stdout)).toStrictEqual(before);
  expect(await current()).toStrictEqual(before);
});

describe('a release that can be told to be wrong', () => {
  const cases: readonly [code: ErrorCode, make: () => ReleaseBundle | Promise<ReleaseBundle>][] = [
    ['MIGRATION_CHECKSUM_MISMATCH', () => withFirst({ sql: 'SELECT 1' })],
    ['MIGRATION_STATEMENT_REFUSED', () => withMigration('0900_a.sql', 'BEGIN; SELECT 1; COMMIT;')],
    ['MIGRATION_STATEMENT_TOO_LONG', () => withMigration('0900_a.sql', `SELECT '${'x'.repeat(100_000)}';`)],
    [
      'RELEASE_EDITS_MIGRATION',
      async () => withFirst({ sql: 'SELECT 1', checksum: await sha256Hex('SELECT 1') }),
    ],
    [
      'RELEASE_REMOVES_MIGRATION',
      () => ({ ...built, migrations: built.migrations.slice(1), schema_version: built.schema_version }),
    ],
    [
      'RELEASE_INSERTS_MIGRATION',
      async () => ({
        ...built,
        migrations: [
          ...(await withMigration('0000_a.sql', 'SELECT 1')).migrations.slice(-1),
          ...built.migrations,
        ],
      }),
    ],
    [
      'RELEASE_TOO_LARGE',
      () => {
        const content = Buffer.from(Float64Array.from({ length: 1_400_000 }, Math.random).buffer).toString(
          'base64',
        );
        return { ...built, modules: [...built.modules, { name: 'a.wasm', type: 'wasm', content }] };
      },
    ],
  ];

  test.each(cases)('is refused with %s, at the command line and by the platform', async (code, make) => {
    const { url, admin_token: token } = platform.instance;
    const before = await current();
    const bundle = await make();
    const refused = await publishFile(bundle);
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stderr).error.code).toBe(code);
    const answer = await send(`${url}/admin/releases`, { method: 'POST', token, json: bundle });
    expectRefusal(answer, code, expect.objectContaining({}));
    expect(await current()).toStrictEqual(before);
  });

  test('is refused where another release is current than the one that it was tried against', async () => {
    const { url, admin_token: token } = platform.instance;
    const json = await withMigration('0900_a.sql', 'CREATE TABLE a (id TEXT);');
    const answer = await send(`${url}/admin/releases?after=0000000000000000`, {
      method: 'POST',
      token,
      json,
    });
    expectRefusal(answer, 'RELEASE_OVERTAKEN', { current_release_id: (await current()).id });
    const unknown = await send(`${url}/admin/releases?before=x`, { method: 'POST', token, json });
    expectInvalidFields(unknown, 'before');
  });
});

describe('a release that breaks the one before it', () => {
  test.each([
    [
      'renames a column',
      'ALTER TABLE clients RENAME COLUMN version TO revision;',
      '/clients: a record is created',
    ],
    [
      'refuses writes',
      "CREATE TRIGGER full BEFORE INSERT ON case_tasks BEGIN SELECT RAISE(ABORT, 'full'); END;",
      '/case-tasks: a record is created',
    ],
    [
      'adds a column that must be given',
      'ALTER TABLE groups ADD COLUMN color TEXT NOT NULL;',
      '0900_breaks.sql',
    ],
    [
      'forbids what accounts hold',
      "CREATE UNIQUE INDEX one_name ON client_dependants (json_extract(body, '$.first_name'));",
      '0900_breaks.sql',
    ],
  ])('is refused and named where its migration %s', { timeout: TRIAL_MS }, async (_case, sql, failed) => {
    const before = await current();
    const refused = await publishFile(await withMigration('0900_breaks.sql', sql));
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('"code":"RELEASE_BREAKS_PREDECESSOR"');
    expect(refused.stderr).toContain(failed);
    expect(await current()).toStrictEqual(before);
  });
});

test('a release whose Worker does not have the migrations that it names is refused', {
  timeout: TRIAL_MS,
}, async () => {
  const refused = await publishFile(await withMigration('0900_a.sql', 'CREATE TABLE a (id TEXT);'));
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('"code":"RELEASE_FAILS_ITS_TESTS"');
});

test('the same sources are one release wherever they are built, and one that only adds is published', {
  timeout: TRIAL_MS,
}, async () => {
  await using copy = await copyProject();
  expect(await readFile(await copy.buildRelease(), 'utf8')).toBe(
    await readFile(join(platform.folder, 'built.json'), 'utf8'),
  );
  await copy.addAccountMigration(
    '0900_add_color.sql',
    "ALTER TABLE groups ADD COLUMN color TEXT DEFAULT 'none';",
  );
  const published = await platform.run(`releases publish ${await copy.buildRelease()} --json`);
  expect(published.exitCode, published.stderr).toBe(0);
  const release = releaseSchema.strict().parse(JSON.parse(published.stdout));
  expect(release).toStrictEqual({ ...(await current()), schema_version: 900 });
  expect((await openAccount(platform.instance, 'later')).account).toMatchObject({
    ...{ release: release.id, schema_version: 900 },
  });

  const back = await platform.run(`releases publish ${join(platform.folder, 'built.json')}`);
  expect(back).toMatchObject({
    ...{ exitCode: 1, stdout: '' },
    stderr:
      'RELEASE_REMOVES_MIGRATION: A migration of the current release is missing in this one. Put it back.\n  migration: 0900_add_color.sql',
  });
});
