import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { choicesOf } from './choices.ts';
import type { ListDefinition } from './list-definition.ts';
import { type ListQuery, parseListQuery } from './list-query.ts';
import { listPage, listStatement } from './list-statement.ts';

const LIST: ListDefinition = {
  table: 'things',
  columns: ['id', 'body', 'name', 'size'],
  where: 'deleted_at IS NULL',
  indexed: { name: 'text', size: 'integer' },
  fields: ['id', 'name', 'size', 'colour'],
};

function parse(query: string): ListQuery {
  return parseListQuery(new URLSearchParams(query), LIST);
}

function problems(query: string): unknown {
  try {
    parse(query);
  } catch (error) {
    return Reflect.get(Object(error), 'context').fields;
  }
  return null;
}

describe('a list query', () => {
  test('without parameters asks for 50 whole records in the order of creation', () => {
    expect(parse('')).toMatchObject({
      limit: 50,
      sort: { field: 'id', descending: false },
      filters: [],
      fields: null,
      cursor: null,
    });
  });

  test('takes limit, sort, fields and filters', () => {
    expect(parse('limit=200&sort=-name&fields=id,colour&size=3')).toMatchObject({
      limit: 200,
      sort: { field: 'name', descending: true },
      filters: [{ field: 'size', value: 3 }],
      fields: ['id', 'colour'],
    });
  });

  test.each(['0', '201', '-1', '1.5', 'x', ''])('refuses limit=%j', (limit) => {
    expect(problems(`limit=${limit}`)).toEqual([
      { field: 'limit', message: 'A limit is a whole number from 1 to 200.' },
    ]);
  });

  test('names every parameter that is wrong at once', () => {
    expect(problems('sort=colour&fields=id,weight&shape=round&size=big')).toEqual([
      { field: 'sort', message: 'Sort by one of: id, name, size.' },
      { field: 'fields', message: 'Not a field of this list: weight.' },
      { field: 'shape', message: 'Filter by one of: name, size.' },
      { field: 'size', message: 'This field is filtered by a whole number.' },
    ]);
  });

  test('refuses a value that no record can have, and takes one that says there is none', () => {
    const shape = { kind: z.enum(['round', 'square']).nullable().default(null), name: z.string() };
    const list: ListDefinition = {
      ...LIST,
      indexed: { ...LIST.indexed, kind: 'choice' },
      choices: choicesOf(shape),
    };
    const filters = (query: string) => parseListQuery(new URLSearchParams(query), list).filters;
    expect(filters('kind=round')).toMatchObject([{ field: 'kind', value: 'round' }]);
    expect(filters('kind=')).toMatchObject([{ field: 'kind', value: '' }]);
    expect(filters('name=oval')).toMatchObject([{ field: 'name', value: 'oval' }]);
    const message = 'This field is one of: round, square.';
    expect(() => filters('kind=oval')).toThrow(
      expect.objectContaining({ context: { fields: [{ field: 'kind', message }] } }),
    );
  });

  test('refuses a filter that comes twice', () => {
    expect(problems('name=a&name=b')).toEqual([{ field: 'name', message: 'Give this parameter once.' }]);
  });

  test.each(['constructor', '__proto__', 'toString'])('does not take %s for a field', (field) => {
    expect(problems(`${field}=1`)).toEqual([{ field, message: 'Filter by one of: name, size.' }]);
  });
});

describe('a page', () => {
  const rows = [
    { id: '1', name: 'a' },
    { id: '2', name: 'b' },
    { id: '3', name: 'c' },
  ];

  test('is read with one row more than it shows', () => {
    const statement = listStatement(LIST, parse('limit=2&sort=name&size=3'));
    expect(statement).toEqual({
      sql: 'SELECT id, body, name, size FROM things WHERE deleted_at IS NULL AND size = ? ORDER BY name ASC, id ASC LIMIT ?',
      params: [3, 3],
    });
  });

  test('gives a cursor that goes on after its last row', () => {
    const page = listPage(rows, parse('limit=2&sort=-name'), (row) => row);
    expect(page.data).toEqual(rows.slice(0, 2));
    const next = parse(`limit=2&sort=-name&cursor=${page.next_cursor}`);
    expect(listStatement(LIST, next)).toEqual({
      sql: 'SELECT id, body, name, size FROM things WHERE deleted_at IS NULL AND (name, id) < (?, ?) ORDER BY name DESC, id DESC LIMIT ?',
      params: ['b', '2', 3],
    });
  });

  test('gives no cursor where nothing is left', () => {
    expect(listPage(rows, parse('limit=3'), (row) => row).next_cursor).toBeNull();
    expect(listPage([], parse('limit=3'), (row) => row)).toEqual({ data: [], next_cursor: null });
  });

  test('keeps the fields that were asked for', () => {
    expect(listPage(rows.slice(0, 1), parse('fields=name'), (row) => row).data).toEqual([{ name: 'a' }]);
  });

  test.each(['limit=2&sort=name', 'limit=2&sort=-name&size=1'])('refuses its cursor under %s', (other) => {
    const page = listPage(rows, parse('limit=2&sort=-name'), (row) => row);
    expect(() => parse(`${other}&cursor=${page.next_cursor}`)).toThrow(
      expect.objectContaining({ code: 'CURSOR_INVALID' }),
    );
  });
});
