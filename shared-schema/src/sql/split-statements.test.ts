import { describe, expect, test } from 'vitest';
import { splitStatements } from './split-statements.ts';

describe('the statements of an SQL text', () => {
  test('are told apart by semicolons', () => {
    expect(splitStatements('SELECT 1; SELECT 2;\n;SELECT 3')).toEqual(['SELECT 1', 'SELECT 2', 'SELECT 3']);
  });

  test('are none in an empty text or in comments', () => {
    expect(splitStatements('')).toEqual([]);
    expect(splitStatements('-- nothing; here\n/* nor; here */ ;')).toEqual([]);
  });

  test('lose the comments between them and keep those inside', () => {
    expect(splitStatements('-- the table\nCREATE TABLE t (a /* a; b */, -- c; d\n b);\n-- end')).toEqual([
      'CREATE TABLE t (a /* a; b */, -- c; d\n b)',
    ]);
  });

  test.each(["'a;b'", "'it''s; so'", '"a;b"', '"a"";b"', '`a;b`', '[a;b]'])(
    'do not end inside %s',
    (text) => {
      expect(splitStatements(`SELECT ${text}; SELECT 2`)).toEqual([`SELECT ${text}`, 'SELECT 2']);
    },
  );

  test('do not end inside a trigger, whatever its body', () => {
    const trigger = `CREATE TRIGGER t AFTER UPDATE ON a BEGIN
      UPDATE b SET x = CASE WHEN new.y THEN 1 ELSE 2 END;
      DELETE FROM c;
    END`;
    expect(splitStatements(`${trigger};\nSELECT 1;`)).toEqual([trigger, 'SELECT 1']);
  });

  test('may have a column called begin outside a trigger', () => {
    expect(splitStatements('SELECT begin FROM t; SELECT 2')).toEqual(['SELECT begin FROM t', 'SELECT 2']);
  });
});
