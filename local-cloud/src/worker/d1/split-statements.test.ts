import { expect, test } from 'vitest';
import { splitStatements } from './split-statements.ts';

test.each([
  ['two statements and no last semicolon', 'SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
  ['empty statements', ';; SELECT 1 ;;', ['SELECT 1']],
  ['nothing', '  \n', []],
  ['comments alone', '-- a;b\n/* c;d */;', []],
  ['a comment with a quote', "SELECT 1 -- it's\n; SELECT 2", ["SELECT 1 -- it's", 'SELECT 2']],
  ['a block comment with a semicolon', 'SELECT /* ; */ 1; SELECT 2', ['SELECT /* ; */ 1', 'SELECT 2']],
  ['an unterminated comment', 'SELECT 1; /* SELECT 2;', ['SELECT 1']],
  ['a string with a semicolon', "SELECT 'a;b'; SELECT 2", ["SELECT 'a;b'", 'SELECT 2']],
  ['a string with doubled quotes', "SELECT 'it''s; so'; SELECT 2", ["SELECT 'it''s; so'", 'SELECT 2']],
  ['a string with a comment mark', "SELECT '--;'; SELECT 2", ["SELECT '--;'", 'SELECT 2']],
  ['quoted identifiers', 'SELECT "a;b", `c;d`, [e;f]; SELECT 2', ['SELECT "a;b", `c;d`, [e;f]', 'SELECT 2']],
  ['an unterminated string', "SELECT 1; SELECT 'a;b", ['SELECT 1', "SELECT 'a;b"]],
  ['BEGIN as a column', 'SELECT begin FROM t; SELECT 2', ['SELECT begin FROM t', 'SELECT 2']],
  [
    'CASE outside a trigger',
    'SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 3',
    ['SELECT CASE 1 WHEN 1 THEN 2 END', 'SELECT 3'],
  ],
])('splits %s', (_, sql, expected) => {
  expect(splitStatements(sql)).toEqual(expected);
});

test.each([
  'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = 1; DELETE FROM c; END',
  'create temp trigger t after insert on a begin select 1; end',
  'CREATE TRIGGER IF NOT EXISTS t AFTER UPDATE ON a WHEN CASE NEW.b WHEN 1 THEN 1 ELSE 0 END BEGIN SELECT 1; END',
  'CREATE TRIGGER t AFTER UPDATE ON a BEGIN UPDATE a SET b = CASE WHEN c THEN 1 ELSE 2 END; SELECT 1; END',
  'CREATE TRIGGER t AFTER UPDATE OF b ON a BEGIN UPDATE a SET b = NEW.end; SELECT 1; END',
  '/* note; */ CREATE -- x;\n TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END',
])('keeps a trigger whole: %s', (trigger) => {
  expect(splitStatements(`${trigger}; SELECT 2;`)).toEqual([trigger, 'SELECT 2']);
});

test('keeps a long text whole', () => {
  const insert = `INSERT INTO t VALUES ('${"a'';".repeat(20_000)}')`;
  expect(splitStatements(`${insert};${insert}`)).toEqual([insert, insert]);
});
