import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Migration } from '#shared-schema/migrations/migration.ts';
import { bundleForNode } from '#test/support/bundle.ts';

const FOLDER = join(import.meta.dirname, '../../../migrations/account');

test('every migration of migrations/account is listed, in order, with its text', async () => {
  const code = await bundleForNode(join(import.meta.dirname, 'migrations.ts'));
  const module: { ACCOUNT_MIGRATIONS: readonly Migration[] } = await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  );
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(FOLDER, name), 'utf8') })),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(module.ACCOUNT_MIGRATIONS).toEqual(files);
});
