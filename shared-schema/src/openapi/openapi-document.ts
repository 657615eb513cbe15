import { ERROR_CODES, type ErrorCode } from '../errors/error-codes.ts';
import { COMMON_DESCRIPTION } from './common-description.ts';
import { type ErrorsByAccess, errorsOf } from './errors-of.ts';
import {
  COMMON_PARAMETERS,
  documentPath,
  type Parameter,
  parametersOf,
  type Reference,
} from './parameters.ts';
import { ANSWER_HEADERS, answerResponse, ErrorResponses, type Response } from './responses.ts';
import type { Access, DocumentedRoute, NamedSchema } from './route-description.ts';
import { type JsonSchema, SchemaComponents } from './schema-components.ts';

export interface RequestBody {
  readonly required: true;
  readonly description?: string;
  readonly content: Readonly<Record<string, { readonly schema?: JsonSchema; readonly example?: unknown }>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** The roles whose users may call it. */
  readonly 'x-roles'?: readonly string[];
  readonly parameters: readonly (Parameter | Reference)[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, Response | Reference>>;
}

/** What an OpenAPI 3.1 document of ours is made of. It says its servers when it is answered. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
  /** Every code that is answered, and whether the same request may be sent again unchanged. */
  readonly 'x-errors': Readonly<Record<string, (typeof ERROR_CODES)[ErrorCode]>>;
}

/** An address at which the document's paths are reached, without a slash at the end. */
export interface Server {
  readonly url: string;
  readonly description: string;
}

export interface DocumentOptions {
  readonly title: string;
  readonly description: string;
  readonly routes: readonly DocumentedRoute[];
  readonly errors: ErrorsByAccess;
}

const SECURITY_SCHEMES = {
  user: {
    scheme: 'userToken',
    definition: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The `access_token` of a session. It is good for 15 minutes and for one account.',
    },
  },
  admin: {
    scheme: 'adminToken',
    definition: { type: 'http', scheme: 'bearer', description: "The operator's token." },
  },
} as const satisfies Record<Exclude<Access, 'public'>, object>;

/** Ensures that whatever a router answers at is described, so that no route is added without its description. */
export function requireDescribed(
  mounted: readonly { readonly method: string; readonly path: string }[],
  routes: readonly DocumentedRoute[],
): void {
  for (const { method, path } of mounted) {
    if (method === 'ALL' || routes.some((route) => route.method === method && route.path === path)) continue;
    throw new TypeError(`${method} ${path} is not described.`);
  }
}

/** The OpenAPI 3.1 document of the routes, from the very schemas that validate what they are sent. */
export function openApiDocument({ title, description, routes, errors }: DocumentOptions): OpenApiDocument {
  const schemas = new SchemaComponents();
  const responses = new ErrorResponses(schemas);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = documentPath(route.path);
    const answers = Object.entries(route.answers).map(([status, answer]) => [
      status,
      answerResponse(answer, schemas),
    ]);
    const refusals = responses.refer(errorsOf(route, errors));
    const operation = {
      ...describe(route, schemas),
      responses: { ...Object.fromEntries(answers), ...refusals },
    };
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation };
  }
  const codes = new Set(routes.flatMap((route) => errorsOf(route, errors)));
  const secured = Object.entries(SECURITY_SCHEMES).filter(([access]) =>
    routes.some((r) => r.access === access),
  );
  return {
    openapi: '3.1.1',
    info: { title, version: '1', description: `${description}\n\n${COMMON_DESCRIPTION}` },
    paths,
    components: {
      schemas: schemas.toJson(),
      parameters: COMMON_PARAMETERS,
      headers: ANSWER_HEADERS,
      responses: responses.toJson(),
      securitySchemes: Object.fromEntries(secured.map(([, { scheme, definition }]) => [scheme, definition])),
    },
    'x-errors': Object.fromEntries([...codes].sort().map((code) => [code, ERROR_CODES[code]])),
  };
}

function describe(route: DocumentedRoute, schemas: SchemaComponents): Omit<Operation, 'responses'> {
  const { name, tag, summary, description, access, roles, body, rawBody } = route;
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: access === 'public' ? [] : [{ [SECURITY_SCHEMES[access].scheme]: [] }],
    ...(roles && { 'x-roles': roles }),
    parameters: parametersOf(route),
    ...(body && { requestBody: requestBody(body, schemas) }),
    ...(rawBody && { requestBody: { required: true, description: rawBody, content: { '*/*': {} } } }),
  };
}

function requestBody(body: NamedSchema, schemas: SchemaComponents): RequestBody {
  const schema = schemas.refer(body, 'input');
  const example = body.example === undefined ? {} : { example: body.example };
  return { required: true, content: { 'application/json': { schema, ...example } } };
}
