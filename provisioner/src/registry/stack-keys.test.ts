import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRegistry } from '#test/support/registry-database.ts';
import { countStacksByKey, countStacksWithoutKey, stacksWithoutKey } from './stack-keys.ts';

/** Stack, its status, its account's status (null: the pool), and what its Worker was uploaded with. */
const STACKS: readonly [
  id: string,
  status: string,
  account: string | null,
  keys: readonly string[] | null,
][] = [
  ['a-active', 'serving', 'active', ['k1', 'k2']],
  ['b-behind', 'serving', 'active', ['k1']],
  ['c-suspended', 'serving', 'suspended', ['k1']],
  ['d-unknown', 'claimed', 'active', null],
  ['e-pooled', 'ready', null, ['k1']],
  ['f-deleting', 'serving', 'deleting', ['k1']],
  ['g-building', 'building', 'provisioning', null],
  ['h-building', 'building', null, null],
  ['i-retired', 'retired', 'active', ['k1']],
];

let world: Awaited<ReturnType<typeof startRegistry>>;

beforeAll(async () => {
  world = await startRegistry();
  const { registry } = world;
  await registry.batch([
    registry
      .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 1, 0, 0)')
      .bind('r'),
    ...STACKS.flatMap(([id, status, account, keys]) => [
      ...(account === null
        ? []
        : [
            registry
              .prepare('INSERT INTO accounts (id, body, created_at, updated_at) VALUES (?1, ?2, 0, 0)')
              .bind(id, JSON.stringify({ slug: id, status: account, residency: 'eu' })),
          ]),
      registry
        .prepare(
          `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, observed_keys, created_at, updated_at)
           VALUES (?1, ?2, ?3, 'eu', 'main', ?1, 'freehold', 'r', ?4, 0, 0)`,
        )
        .bind(id, account && id, status, keys && JSON.stringify(keys)),
    ]),
  ]);
});
afterAll(() => world?.stop());

test('a stack in use counts for each key that its Worker was uploaded with', async () => {
  expect(await countStacksByKey(world.registry)).toStrictEqual(
    new Map([
      ['k1', 4],
      ['k2', 1],
    ]),
  );
});

test('stacks in use lack a key that their Worker was not uploaded with, or of which that is not known', async () => {
  const ids = async (after: string, limit: number) =>
    (await stacksWithoutKey(world.registry, { keyId: 'k2', after, limit })).map(({ id }) => id);
  expect(await countStacksWithoutKey(world.registry, 'k2')).toBe(4);
  expect(await ids('', 9)).toStrictEqual(['b-behind', 'c-suspended', 'd-unknown', 'e-pooled']);
  expect(await ids('b-behind', 2)).toStrictEqual(['c-suspended', 'd-unknown']);
  expect(await countStacksWithoutKey(world.registry, 'k1')).toBe(1);
  expect(await countStacksWithoutKey(world.registry, 'k3')).toBe(5);
});
