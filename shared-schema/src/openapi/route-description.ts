import type { z } from 'zod';
import type { Role } from '../control/control-calls.ts';
import type { ErrorCode } from '../errors/error-codes.ts';
import type { ListDefinition } from '../lists/list-definition.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who may call a route: anybody, a user of the account, or an operator of the platform. */
export type Access = 'public' | 'user' | 'admin';

/** A schema and what the document calls it. Given as a function, it is made when the document is. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: z.ZodType | (() => z.ZodType);
  /** A value that is good for more than the schema can say. */
  readonly example?: unknown;
}

/** Headers that only some answers have. `x-request-id` is on every one. */
export type AnswerHeader =
  | 'ETag'
  | 'Location'
  | 'x-d1-bookmark'
  | 'idempotency-replayed'
  | 'Accept-Ranges'
  | 'Content-Disposition'
  | 'Content-Length'
  | 'Content-Range';

export interface RouteAnswer {
  readonly description: string;
  /** The JSON that is answered; none for an answer without a body. */
  readonly body?: NamedSchema;
  /** Other forms of the answer, as media types of texts. */
  readonly texts?: readonly string[];
  /** Other forms of the answer, as media types of bytes. */
  readonly binaries?: readonly string[];
  readonly headers?: readonly AnswerHeader[];
}

/**
 * What a route takes and answers: what validates it and what documents it are the same objects. The errors that follow
 * from the rest (a body, a list, a header, who may call) are not named here; see `errorsOf`.
 */
export interface RouteDescription {
  /** The operation's name in the document and in clients made from it, unique: `listClients`. */
  readonly name: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Query parameters besides those of a list, by name. */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly list?: ListDefinition;
  readonly body?: NamedSchema;
  /** What the bytes are that it takes in place of JSON, of any media type. */
  readonly rawBody?: string;
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204 | 206, RouteAnswer>>>;
  readonly takes?: readonly ('idempotency-key' | 'if-match' | 'bookmark' | 'range')[];
  /** The roles whose users may call it; all of them where it is left out. */
  readonly roles?: readonly Role[];
  readonly errors?: readonly ErrorCode[];
}

/** A description with its address. The path is written as the router takes it: `/clients/:id`. */
export interface DocumentedRoute extends RouteDescription {
  /** `HEAD` where it is more than a GET without its body. */
  readonly method: Method | 'HEAD';
  readonly path: string;
  readonly access: Access;
}
