import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { errorEnvelopeSchema } from '../errors/error-envelope.ts';
import { BOOKMARK_HEADER, REQUEST_ID_HEADER } from '../http/headers.ts';
import type { Reference } from './parameters.ts';
import type { AnswerHeader, RouteAnswer } from './route-description.ts';
import type { JsonSchema, SchemaComponents } from './schema-components.ts';

export interface Header {
  readonly description: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

export interface Response {
  readonly description: string;
  readonly headers: Readonly<Record<string, Reference>>;
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

export const ANSWER_HEADERS = {
  RequestId: {
    description: 'Names this request, in our logs too. Quote it when you ask about it.',
    required: true,
    schema: { type: 'string' },
  },
  ETag: {
    description: "A record's version, for If-Match; a file's SHA-256, for If-Range.",
    schema: { type: 'string' },
  },
  Location: { description: 'Where to find what was made, or to follow it.', schema: { type: 'string' } },
  Bookmark: {
    description: 'Sent back with a read, that read is at least as fresh as this write.',
    schema: { type: 'string' },
  },
  Replayed: {
    description: 'There where this is a first answer once more.',
    schema: { const: 'true' },
  },
  AcceptRanges: { description: 'A range of it may be asked for.', schema: { const: 'bytes' } },
  ContentDisposition: {
    description: 'That it is to be saved, and as what (RFC 6266).',
    schema: { type: 'string' },
  },
  ContentLength: { description: 'How many bytes are sent.', schema: { type: 'integer' } },
  ContentRange: { description: 'Which bytes of how many these are.', schema: { type: 'string' } },
  RetryAfter: {
    description: 'How many seconds to wait before trying again, where it is known.',
    schema: { type: 'integer' },
  },
} as const satisfies Record<string, Header>;

const HEADER_COMPONENTS = {
  ETag: 'ETag',
  Location: 'Location',
  [BOOKMARK_HEADER]: 'Bookmark',
  'idempotency-replayed': 'Replayed',
  'Accept-Ranges': 'AcceptRanges',
  'Content-Disposition': 'ContentDisposition',
  'Content-Length': 'ContentLength',
  'Content-Range': 'ContentRange',
} as const satisfies Record<AnswerHeader, keyof typeof ANSWER_HEADERS>;

const REQUEST_ID = { [REQUEST_ID_HEADER]: header('RequestId') };

/** A good answer. */
export function answerResponse(answer: RouteAnswer, schemas: SchemaComponents): Response {
  const content = {
    ...(answer.body && { 'application/json': { schema: schemas.refer(answer.body, 'output') } }),
    ...Object.fromEntries((answer.texts ?? []).map((type) => [type, { schema: { type: 'string' } }])),
    // Raw bytes have no schema (OpenAPI 3.1.1 §4.8.14.3).
    ...Object.fromEntries((answer.binaries ?? []).map((type) => [type, {}])),
  };
  const own = (answer.headers ?? []).map((name) => [name, header(HEADER_COMPONENTS[name])]);
  return {
    description: answer.description,
    headers: { ...REQUEST_ID, ...Object.fromEntries(own) },
    ...(Object.keys(content).length > 0 && { content }),
  };
}

/** The error answers of many routes: routes with the same codes under a status share one. */
export class ErrorResponses {
  readonly #responses: Record<string, Response> = {};
  readonly #schemas: SchemaComponents;

  constructor(schemas: SchemaComponents) {
    this.#schemas = schemas;
  }

  /** The answers for these codes, by status. */
  refer(codes: readonly ErrorCode[]): Record<string, Reference> {
    const byStatus = Map.groupBy(codes, (code) => ERROR_CODES[code].status);
    const answers = [...byStatus].map(([status, same]) => [String(status), this.#referOne(status, same)]);
    return Object.fromEntries(answers);
  }

  toJson(): Readonly<Record<string, Response>> {
    return this.#responses;
  }

  #referOne(status: number, codes: readonly ErrorCode[]): Reference {
    const name = [status, ...codes].join('.');
    this.#responses[name] ??= this.#response(codes);
    return { $ref: `#/components/responses/${name}` };
  }

  #response(codes: readonly ErrorCode[]): Response {
    const waits = codes.some((code) => ERROR_CODES[code].retryable);
    const envelope = this.#schemas.refer({ name: 'Error', schema: errorEnvelopeSchema }, 'output');
    const narrowed = { properties: { error: { properties: { code: { enum: [...codes] } } } } };
    return {
      description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].message}`).join('\n\n'),
      headers: { ...REQUEST_ID, ...(waits && { 'Retry-After': header('RetryAfter') }) },
      content: { 'application/json': { schema: { ...envelope, ...narrowed } } },
    };
  }
}

function header(name: keyof typeof ANSWER_HEADERS): Reference {
  return { $ref: `#/components/headers/${name}` };
}
