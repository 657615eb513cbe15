import * as z from 'zod';
import { BOOKMARK_HEADER } from '../http/headers.ts';
import { DEFAULT_PAGE_SIZE, type ListDefinition, MAX_PAGE_SIZE } from '../lists/list-definition.ts';
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
      'The `version` that you believe the record has, as its ETag was: `"3"`. Where it has another by now, nothing is written.',
    schema: { type: 'string', pattern: '^(\\*|"\\d{1,15}"|\\d{1,15})$' },
  },
  Bookmark: {
    name: BOOKMARK_HEADER,
    in: 'header',
    description: 'What a write answered under this name: the read is then at least as fresh as that write.',
    schema: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$' },
  },
  Limit: {
    name: 'limit',
    in: 'query',
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE },
  },
  Cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `next_cursor` of the page before, with the same filters and the same sort.',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Parameter>;

const HEADER_PARAMETERS = {
  'idempotency-key': 'IdempotencyKey',
  'if-match': 'IfMatch',
  bookmark: 'Bookmark',
} as const satisfies Record<string, keyof typeof COMMON_PARAMETERS>;

/** What the route takes besides its body. */
export function parametersOf(route: DocumentedRoute): (Parameter | Reference)[] {
  return [
    ...pathParameters(route.path),
    ...(route.list ? listParameters(route.list) : []),
    ...Object.entries(route.query ?? {}).map(queryParameter),
    ...(route.takes ?? []).map((header) => common(HEADER_PARAMETERS[header])),
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

function listParameters({ indexed, fields }: ListDefinition): (Parameter | Reference)[] {
  const sorts = ['id', ...Object.keys(indexed)].flatMap((field) => [field, `-${field}`]);
  return [
    common('Limit'),
    common('Cursor'),
    {
      name: 'sort',
      in: 'query',
      description: 'The field to sort by, with `-` before it downwards. `id` is the order of creation.',
      schema: { enum: sorts, default: 'id' },
    },
    {
      name: 'fields',
      in: 'query',
      description: 'The fields that are wanted, with commas between. All, where it is left out.',
      schema: { type: 'array', items: { enum: [...fields] } },
      style: 'form',
      explode: false,
    },
    ...Object.entries(indexed).map(
      ([name, type]): Parameter => ({
        name,
        in: 'query',
        description: 'Only those where the field is exactly this.',
        schema: { type: type === 'text' ? 'string' : 'integer' },
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
