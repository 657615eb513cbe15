import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { CREATE_PIECES, isTooLong, MAX_STATEMENT_BYTES, shortenStatement } from './shorten-statement.ts';

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, body CHECK (json_valid(body) OR typeof(body) <> 'text'), note)`;

/** What the statement leaves in the table: types and bytes. */
function rowsAfter(statements: readonly string[]) {
  const database = new DatabaseSync(':memory:');
  database.exec(`${SCHEMA};${CREATE_PIECES}${statements.join('')}`);
  expect(database.prepare('SELECT COUNT(*) AS left FROM _freehold_pieces').get()).toEqual({ left: 0 });
  return database.prepare('SELECT id, typeof(body), hex(body), typeof(note), hex(note) FROM t').all();
}

const quotes = "''".repeat(60_000);
const cases = {
  'a long text that a CHECK looks at': `'{"a":"${'b'.repeat(200_000)}"}',NULL`,
  'quotes at every place where a text may be cut': `'"a${quotes}"','x${quotes}'`,
  'characters of two units': `'"${'𝄞'.repeat(40_000)}"','é${'𝄞'.repeat(40_000)}'`,
  'a blob with every byte': `X'${'000127ff80c3'.repeat(50_000)}',NULL`,
  'line breaks that the dump has written as \\n': `NULL,replace('${"a\\nb''".repeat(40_000)}','\\n',char(10))`,
  'many texts that are long only together': `'"${'é'.repeat(45_000)}"','${'漢'.repeat(30_000)}'`,
  'close to two megabytes': `'"${'x'.repeat(1_900_000)}"',1`,
};

test.each(Object.entries(cases))('leaves the same row: %s', (_, values) => {
  const insert = `INSERT INTO "t" ("id","body","note") VALUES(1,${values});`;
  expect(isTooLong(insert)).toBe(true);
  const statements = shortenStatement(insert);
  for (const statement of statements) {
    expect(Buffer.byteLength(statement)).toBeLessThanOrEqual(MAX_STATEMENT_BYTES);
  }
  expect(rowsAfter(statements)).toEqual(rowsAfter([insert]));
});

test('measures bytes, not characters', () => {
  const room = MAX_STATEMENT_BYTES - "SELECT '';".length;
  expect(isTooLong(`SELECT '${'a'.repeat(room)}';`)).toBe(false);
  expect(isTooLong(`SELECT '${'a'.repeat(room + 1)}';`)).toBe(true);
  expect(isTooLong(`SELECT '${'é'.repeat(room / 2)}';`)).toBe(false);
  expect(isTooLong(`SELECT '${'é'.repeat(room / 2 + 1)}';`)).toBe(true);
});

test('refuses a row that is long without long values', () => {
  const insert = `INSERT INTO "t" ("id") VALUES(${'1+'.repeat(60_000)}1);`;
  expect(() => shortenStatement(insert)).toThrow(expect.objectContaining({ code: 'EXPORT_NOT_RESTORABLE' }));
});
