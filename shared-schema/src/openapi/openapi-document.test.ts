import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ListDefinition } from '../lists/list-definition.ts';
import { openApiDocument, requireDescribed } from './openapi-document.ts';
import { parametersOf } from './parameters.ts';
import { referencePage } from './reference-page.ts';
import type { DocumentedRoute } from './route-description.ts';

const thing = z.strictObject({ name: z.string().trim().default('none') });

function route(changes: Partial<DocumentedRoute> = {}): DocumentedRoute {
  return {
    ...{
      name: 'readThing',
      tag: 'things',
      summary: 'Read',
      method: 'GET',
      path: '/things/:id',
      access: 'user',
    },
    answers: { 200: { description: 'It.', body: { name: 'Thing', schema: thing } } },
    ...changes,
  };
}

function documentOf(...routes: DocumentedRoute[]) {
  return openApiDocument({ title: 'T', description: 'D', routes, errors: { user: ['TOKEN_MISSING'] } });
}

test('what may be left out of a request is there in an answer', () => {
  const sent = { name: 'NewThing', schema: z.strictObject(thing.shape) };
  const { schemas } = documentOf(route(), route({ method: 'POST', name: 'make', body: sent })).components;
  expect(schemas).toMatchObject({
    NewThing: { properties: { name: { type: 'string', default: 'none' } }, additionalProperties: false },
    Thing: { properties: { name: { type: 'string' } }, required: ['name'] },
  });
  expect(schemas.NewThing).not.toHaveProperty('required');
  expect(schemas.Thing).not.toHaveProperty('additionalProperties');
});

test('two schemas of one name are refused, and one schema in both directions', () => {
  const other = { name: 'Thing', schema: z.strictObject({}) };
  const same = { name: 'Thing', schema: thing };
  for (const body of [other, same]) {
    expect(() => documentOf(route(), route({ method: 'POST', body }))).toThrow('two schemas named Thing');
  }
});

describe('the errors of a route', () => {
  const codes = (changes: Partial<DocumentedRoute>) => Object.keys(documentOf(route(changes))['x-errors']);

  test.each<[string, Partial<DocumentedRoute>, string[]]>([
    ['who may call', { access: 'public' }, ['INTERNAL']],
    ['its own', { errors: ['LAST_OWNER'] }, ['INTERNAL', 'LAST_OWNER', 'TOKEN_MISSING']],
    ['a role', { roles: ['owner'] }, ['FORBIDDEN', 'INTERNAL', 'TOKEN_MISSING']],
    ['every role', { roles: ['owner', 'admin', 'member', 'viewer'] }, ['INTERNAL', 'TOKEN_MISSING']],
    [
      'a header',
      { takes: ['if-match'] },
      ['INTERNAL', 'TOKEN_MISSING', 'VALIDATION_FAILED', 'VERSION_MISMATCH'],
    ],
  ])('follow from %s', (_, changes, expected) => expect(codes(changes)).toStrictEqual(expected));
});

test('a list takes each filter that it serves, and bounds where values have an order', () => {
  const entries = { table: 'index_entries', entity: 'thing', contains: ['tags'], searched: true };
  const list: ListDefinition = {
    ...{ table: 'things', columns: [], where: '1', fields: ['id', 'name'] },
    indexed: { name: 'text', status: 'choice', born: 'date', due_at: 'integer' },
    entries,
  };
  const taken = (changes: Partial<ListDefinition> = {}) =>
    parametersOf(route({ path: '/things', list: { ...list, ...changes } })).map((parameter) =>
      'name' in parameter ? parameter.name : parameter.$ref.split('/').at(-1),
    );
  const bounds = (field: string) => ['gt', 'gte', 'lt', 'lte'].map((operator) => `${field}.${operator}`);
  expect(taken()).toStrictEqual([
    ...['Limit', 'Cursor', 'sort', 'fields', 'Search', 'name', 'status'],
    ...['born', ...bounds('born'), 'due_at', ...bounds('due_at'), 'tags'],
  ]);
  expect(taken({ indexed: {}, entries: { ...entries, contains: [], searched: false } })).toStrictEqual([
    'Limit',
    'Cursor',
    'sort',
    'fields',
  ]);
});

test('a route that is mounted and not described is named', () => {
  expect(() => requireDescribed([{ method: 'GET', path: '/secret' }], [route()])).toThrow(
    'GET /secret is not described.',
  );
  expect(() => requireDescribed([{ method: 'ALL', path: '/*' }, route()], [route()])).not.toThrow();
});

test('the page shows texts as texts', () => {
  const document = documentOf(route({ summary: '<script>alert("&")</script>' }));
  const page = referencePage(document, [{ url: 'http://a/"><b>', description: '' }]);
  expect(page).toContain('&#60;script&#62;alert(&#34;&#38;&#34;)&#60;/script&#62;');
  expect(page).toContain('<code>http://a/&#34;&#62;&#60;b&#62;</code>');
});
