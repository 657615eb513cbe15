import { expect, test } from 'vitest';
import { getOperation } from '#provisioner/registry/operations.ts';
import { startRegistry } from './support/registry-database.ts';

test('operations that were recorded before they could be of no account are kept, with their steps', async () => {
  const { registry, migrate, stop } = await startRegistry('0004');
  await registry.batch(
    [
      `INSERT INTO releases VALUES ('r', 1, 0, 0)`,
      `INSERT INTO accounts (id, body, created_at, updated_at) VALUES ('a', '{"slug":"hart","status":"provisioning"}', 1, 1)`,
      `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
       VALUES ('s', 'a', 'building', 'eu', 'main', 'fh-s', 'freehold', 'r', 1, 1)`,
      `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
       VALUES ('o', 'provision', 'a', 's', 'running', '{"owner":1}', 2, 1, 1)`,
      `INSERT INTO operation_steps (operation_id, position, name, status, attempts) VALUES ('o', 0, 'ensure-database', 'running', 3)`,
    ].map((sql) => registry.prepare(sql)),
  );
  const before = await registry.prepare('SELECT * FROM operations').first();

  await migrate();

  expect(await registry.prepare('SELECT * FROM operations').first()).toStrictEqual({
    ...before,
    facts: '{}',
  });
  expect((await getOperation(registry, 'o')).steps).toMatchObject([
    { name: 'ensure-database', status: 'running', attempts: 3 },
  ]);
  const broken = await registry.prepare('PRAGMA foreign_key_check').all();
  expect(broken.results).toStrictEqual([]);
  await stop();
});
