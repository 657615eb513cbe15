import * as z from 'zod';
import { BOOKMARK_HEADER } from '../http/headers.ts';
import {
  type ColumnType,
  DEFAULT_PAGE_SIZE,
  type ListDefinition,
  MAX_PAGE_SIZE,
  MAX_SEARCH_WORDS,
} from '../lists/list-definition.ts';
import { isRanged, type RANGE_OPERATORS } from '../lists/list-filters.ts';
import type { DocumentedRoute } from './route-description.ts';
import { inlineSchema, type JsonSchema } from './schema-components.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly style?: 'form';
  readonly explode?: boolean;
}

export interface Reference {
  readonly $ref: string;
}

/** The parameters that many routes have. */
export const COMMON_PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Chosen by you, new for each thing you want done. The same request sent again with it within 24 hours does nothing more and gets the first answer once more.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The `version` that you believe the record has, as its ETag was: `"3"`. Where it has another by now, nothing is written. Sent without a value it counts as not sent: the write is then not conditional.',
    schema: { type: 'string', pattern: '^(\\*|"\\d{1,15}"|\\d{1,15})$' },
  },
  Bookmark: {
    name: BOOKMARK_HEADER,
    in: 'header',
    description: 'What a write answered under this name: the read is then at least as fresh as that write.',
    schema: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$' },
  },
  Range: {
    name: 'Range',
    in: 'header',
    description:
      'One range of bytes: `bytes=0-99`, `bytes=100-` or `bytes=-100`. Several ranges, and what is none, are answered with the whole.',
    schema: { type: 'string' },
  },
  IfRange: {
    name: 'If-Range',
    in: 'header',
    description:
      'The ETag that the file must have for the range to be sent; the whole is sent where it has another.',
    schema: { type: 'string' },
  },
  Limit: {
    name: 'limit',
    in: 'query',
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE },
  },
  Search: {
    name: 'q',
    in: 'query',
    description: `Only those that have, for each of these words, one that begins with it. Case and accents do not matter; at most ${MAX_SEARCH_WORDS} words.`,
    schema: { type: 'string', minLength: 1 },
  },
  Cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `next_cursor` of the page before, with the same filters and the same sort.',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Parameter>;

const HEADER_PARAMETERS = {
  'idempotency-key': ['IdempotencyKey'],
  'if-match': ['IfMatch'],
  bookmark: ['Bookmark'],
  range: ['Range', 'IfRange'],
} as const satisfies Record<string, (keyof typeof COMMON_PARAMETERS)[]>;

/** What the route takes besides its body. */
export function parametersOf(route: DocumentedRoute): (Parameter | Reference)[] {
  return [
    ...pathParameters(route.path),
    ...(route.list ? listParameters(route.list) : []),
    ...Object.entries(route.query ?? {}).map(queryParameter),
    ...(route.takes ?? []).flatMap((header) => HEADER_PARAMETERS[header].map(common)),
  ];
}

/** The path as the document writes it: `/clients/{id}`. */
export function documentPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'id' ? { type: 'string', format: 'uuid' } : { type: 'string' },
  }));
}

function listParameters({ indexed, choices, entries, fields }: ListDefinition): (Parameter | Reference)[] {
  const sorts = ['id', ...Object.keys(indexed)].flatMap((field) => [field, `-${field}`]);
  return [
    common('Limit'),
    common('Cursor'),
    {
      name: 'sort',
      in: 'query',
      description:
        'The field to sort by, with `-` before it downwards. `id` is the order of creation, and that of a list without `q` and bounds.',
      schema: { enum: sorts },
    },
    {
      name: 'fields',
      in: 'query',
      description: 'The fields that are wanted, with commas between. All, where it is left out.',
      schema: { type: 'array', items: { enum: [...fields] } },
      style: 'form',
      explode: false,
    },
    ...(entries?.searched ? [common('Search')] : []),
    ...Object.entries(indexed).flatMap(([name, type]) => filterParameters(name, type, choices?.[name])),
    ...(entries?.contains ?? []).map(
      (name): Parameter => ({
        name,
        in: 'query',
        description: 'Only those whose list has this.',
        schema: { type: 'string' },
      }),
    ),
  ];
}

const COLUMN_SCHEMAS = {
  text: { type: 'string' },
  choice: { type: 'string' },
  date: { type: 'string', format: 'date' },
  integer: { type: 'integer' },
} as const satisfies Record<ColumnType, JsonSchema>;

const BOUNDS = {
  gt: 'greater than this',
  gte: 'this or greater',
  lt: 'less than this',
  lte: 'this or less',
} as const satisfies Record<keyof typeof RANGE_OPERATORS, string>;

/** The field itself, and its bounds where it can be asked for by range. */
function filterParameters(name: string, type: ColumnType, choices?: readonly string[]): Parameter[] {
  const schema = choices ? { enum: [...choices, ''] } : COLUMN_SCHEMAS[type];
  const description = 'Only those where the field is exactly this; sent empty, those without a value.';
  return [
    { name, in: 'query', description, schema },
    ...(isRanged(type) ? Object.entries(BOUNDS) : []).map(
      ([operator, bound]): Parameter => ({
        name: `${name}.${operator}`,
        in: 'query',
        description: `Only those where the field is ${bound}.`,
        schema,
      }),
    ),
  ];
}

function queryParameter([name, schema]: [string, z.ZodType]): Parameter {
  const required =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? {} : { required: true };
  return { name, in: 'query', ...required, schema: inlineSchema(schema) };
}

function common(name: keyof typeof COMMON_PARAMETERS): Reference {
  return { $ref: `#/components/parameters/${name}` };
}
