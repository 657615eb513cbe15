import type { Hono } from 'hono';
import { CONTROL_PREFIX } from '#shared-schema/control/control-calls.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { ACCOUNT_OTHER_URL_HEADER } from '#shared-schema/http/headers.ts';
import {
  DOCUMENT_ROUTES,
  documentAnswers,
  OPENAPI_PATH,
  REFERENCE_PATH,
} from '#shared-schema/openapi/document-answers.ts';
import {
  type OpenApiDocument,
  openApiDocument,
  requireDescribed,
  type Server,
} from '#shared-schema/openapi/openapi-document.ts';
import type { Call } from '../http/call.ts';
import { type AppEnv, describedRoutes, publicRoutes } from '../http/routes.ts';

/** What the platform answers in the account's stead, on the way to any of its routes. */
const ROUTING_ERRORS = [
  'ACCOUNT_NOT_FOUND',
  'ACCOUNT_PROVISIONING',
  'ACCOUNT_SUSPENDED',
  'ACCOUNT_UNAVAILABLE',
  'REGISTRY_UNAVAILABLE',
] as const satisfies ErrorCode[];

/** What stands between a caller with a token and any handler. */
const USER_ERRORS = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'SESSION_ENDED',
  'MIGRATION_EDITED',
  'MIGRATION_FAILED',
  'STACK_IDENTITY_MISMATCH',
] as const satisfies ErrorCode[];

/** The account's own document, open to anybody and made of what is mounted: it touches no database. */
export function referenceRoutes(app: Hono<AppEnv>): void {
  const answers = documentAnswers(() => accountDocument(app));
  publicRoutes(app, OPENAPI_PATH, {
    GET: { ...DOCUMENT_ROUTES.json, handler: async (call) => answers.json(serversOf(call)) },
  });
  publicRoutes(app, REFERENCE_PATH, {
    GET: { ...DOCUMENT_ROUTES.page, handler: (call) => answers.page(serversOf(call)) },
  });
}

function accountDocument(app: Hono<AppEnv>): OpenApiDocument {
  const routes = describedRoutes(app);
  requireDescribed(
    app.routes.filter(({ path }) => !path.startsWith(CONTROL_PREFIX)),
    routes,
  );
  return openApiDocument({
    title: 'Freehold account',
    description:
      'The account application: what one customer account answers, from a Worker and a database of its own. It is reached by two addresses, by host and by path, which answer alike.',
    routes,
    errors: { public: ROUTING_ERRORS, user: [...ROUTING_ERRORS, ...USER_ERRORS] },
  });
}

function serversOf({ request, accountUrl }: Call): Server[] {
  const other = request.headers.get(ACCOUNT_OTHER_URL_HEADER);
  const reached = { url: accountUrl, description: 'This account, as you reached it.' };
  return other === null ? [reached] : [reached, { url: other, description: 'Its other address.' }];
}
