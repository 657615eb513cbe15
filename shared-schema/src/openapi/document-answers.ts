import * as z from 'zod';
import { sha256Base64 } from '../hashing/sha256.ts';
import type { OpenApiDocument, Server } from './openapi-document.ts';
import { REFERENCE_STYLE, referencePage } from './reference-page.ts';
import type { RouteDescription } from './route-description.ts';

export const OPENAPI_PATH = '/openapi.json';
export const REFERENCE_PATH = '/docs';

/** For how long others may keep a document: 5 minutes. It says nothing that is not public. */
const DOCUMENT_MAX_AGE_SECONDS = 300;

/** A document as it is answered: as JSON and as a page. */
export interface DocumentAnswers {
  readonly json: (servers: readonly Server[]) => Response;
  readonly page: (servers: readonly Server[]) => Promise<Response>;
}

/** Answers a document that is made at the first request for it, and kept as text from then on. */
export function documentAnswers(make: () => OpenApiDocument): DocumentAnswers {
  let document: OpenApiDocument | undefined;
  let text: string | undefined;
  const made = () => {
    document ??= make();
    return document;
  };
  return {
    json: (servers) => {
      text ??= JSON.stringify(made());
      // The servers differ from request to request, and nothing else does: they go before the rest, unparsed.
      return answer(`{"servers":${JSON.stringify(servers)},${text.slice(1)}`, 'application/json');
    },
    page: async (servers) =>
      answer(referencePage(made(), servers), 'text/html; charset=utf-8', {
        'content-security-policy': `default-src 'none'; style-src 'sha256-${await sha256Base64(REFERENCE_STYLE)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      }),
  };
}

/** How the two routes of a document describe themselves. */
export const DOCUMENT_ROUTES = {
  json: {
    name: 'getOpenApiDocument',
    tag: 'reference',
    summary: 'Read this document',
    description: 'Needs no token.',
    answers: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        body: {
          name: 'OpenApiDocument',
          schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
        },
      },
    },
  },
  page: {
    name: 'getReferencePage',
    tag: 'reference',
    summary: 'Read this document as a page',
    description: 'Needs no token and no script.',
    answers: { 200: { description: 'A page for people.', texts: ['text/html'] } },
  },
} as const satisfies Record<string, RouteDescription>;

function answer(body: string, type: string, headers: Readonly<Record<string, string>> = {}): Response {
  const cached = `public, max-age=${DOCUMENT_MAX_AGE_SECONDS}`;
  return new Response(body, { headers: { 'content-type': type, 'cache-control': cached, ...headers } });
}
