import { expect, test } from 'vitest';
import { findDifference } from './compare-statements.ts';

async function* of(...statements: string[]): AsyncGenerator<string> {
  yield* statements;
}

const FILE = ['PRAGMA x;', 'CREATE TABLE "a b" (c);', `INSERT INTO "a b" ("c") VALUES(1);`];

test('finds none between equal files', async () => {
  expect(await findDifference(of(...FILE), of(...FILE))).toBeNull();
  expect(await findDifference(of(), of())).toBeNull();
});

test.each([
  ['another value', [...FILE.slice(0, 2), `INSERT INTO "a b" ("c") VALUES('1');`], 3, '"a b"'],
  ['a row that is missing', FILE.slice(0, 2), 3, '"a b"'],
  ['a row too many', [...FILE, 'INSERT INTO other VALUES(1);'], 4, 'other'],
  ['another schema', ['PRAGMA x;', 'CREATE TABLE "a b" (c, d);', ...FILE.slice(2)], 2, '"a b"'],
  ['nothing at all', [], 1, null],
])('finds the first: %s', async (_, other, statement, table) => {
  expect(await findDifference(of(...FILE), of(...other))).toEqual({ statement, table });
});
