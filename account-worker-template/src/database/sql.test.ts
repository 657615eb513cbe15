import { describe, expect, test } from 'vitest';
import { allOf, identifier, join, sql } from './sql.ts';

describe('SQL made of a template', () => {
  test('binds values and puts pieces in', () => {
    const piece = sql`name = ${"'; DROP TABLE x"}`;
    expect(sql`SELECT 1 FROM ${identifier('t')} WHERE ${piece} AND n > ${3} AND z IS ${null}`).toEqual({
      sql: 'SELECT 1 FROM t WHERE name = ? AND n > ? AND z IS ?',
      params: ["'; DROP TABLE x", 3, null],
    });
  });

  test('keeps the values in the order of their places', () => {
    expect(join([sql`a = ${1}`, sql`b = ${2}`], ', ')).toEqual({ sql: 'a = ?, b = ?', params: [1, 2] });
    expect(allOf([sql`a = ${1} OR b = ${2}`, sql`c = ${3}`])).toEqual({
      sql: '(a = ? OR b = ?) AND (c = ?)',
      params: [1, 2, 3],
    });
    expect(allOf([])).toEqual({ sql: '1', params: [] });
  });

  test.each(['', 'a b', 'a;', 'A', '1a', '"a"'])('takes no name like %j', (name) => {
    expect(() => identifier(name)).toThrow(new TypeError(`Not an SQL name: ${name}`));
  });
});
