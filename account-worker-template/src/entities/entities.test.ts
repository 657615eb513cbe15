import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENTITIES } from '#account-worker-template/entities/entities.ts';
import { deletionStatements, nobodyNeeds } from '#account-worker-template/records/deletion.ts';
import { TestAccount } from '#test/support/account.ts';
import { sql } from '../database/sql.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});

afterAll(() => account.stop());

test('no two entities share a name, a path or a table', () => {
  for (const of of ['name', 'path', 'table'] as const) {
    expect(new Set(ENTITIES.map((entity) => entity[of])).size).toBe(ENTITIES.length);
  }
});

describe.each(ENTITIES)('the definition of $name', (entity) => {
  const references = Object.entries(entity.references ?? {});

  test('names fields that there are', () => {
    const fields = [...Object.keys(entity.fields.shape), ...Object.keys(entity.numbered ?? {})];
    expect(fields).toEqual(
      expect.arrayContaining([
        ...Object.keys(entity.indexed),
        ...(entity.combined ?? []).flat().filter((field) => !field.endsWith('ated_at')),
        ...(entity.contains ?? []),
        ...(entity.searched ?? []),
        ...references.map(([field]) => field),
        ...(entity.unique ?? []).flatMap((unique) => unique.fields),
        ...Object.keys(entity.stamped ?? {}),
      ]),
    );
  });

  test('has an index for each reference, and clears none that must have a value', () => {
    for (const [field, { entity: referred, onDelete }] of references) {
      expect([...Object.keys(entity.indexed), ...(entity.contains ?? [])]).toContain(field);
      expect(ENTITIES).toContain(referred());
      const without = entity.fields.shape[field]?.safeParse(undefined);
      if (onDelete === 'clear')
        expect({ field, optional: without?.success }).toEqual({ field, optional: true });
    }
  });

  test('has no rules or effects of its own where it is deleted together with another', () => {
    // They are asked for one record at a time, and such a deletion is of all at once.
    if (!references.some(([, { onDelete }]) => onDelete === 'delete')) return;
    expect([entity.rules, entity.effects]).toEqual([undefined, undefined]);
  });

  test('a deletion reads indexes only, and binds less than the 100 values that D1 takes', async () => {
    const ids = sql`${'an id'}`;
    const change = {
      ...({ id: 'c', entity: entity.name, entity_id: 'an id', action: 'delete', version: 2 } as const),
      ...{ changed: {}, actor_id: 'u', at: 1, request_id: 'r' },
    };
    const statements = [
      ...deletionStatements({ entity, ids, change }, sql`1`),
      ...nobodyNeeds(entity, ids).map(({ holds }) => sql`SELECT ${holds}`),
    ];
    for (const statement of statements) {
      const values = statement.params.map((value) => value ?? '');
      const plan = await account.rows(`EXPLAIN QUERY PLAN ${statement.sql}`, ...values);
      for (const { detail } of plan) expect(detail).not.toMatch(/^SCAN (?!json_each|CONSTANT)/);
      expect(values.length).toBeLessThan(70);
    }
  });
});
