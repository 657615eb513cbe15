import type { Context, Hono } from 'hono';
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
import type { RequestEnvironment } from './request-environment.ts';
import { describedRoutes, publicRoutes } from './routes.ts';

/** The platform's own document, made of what is mounted. */
export function documentRoutes(app: Hono<RequestEnvironment>): void {
  const answers = documentAnswers(() => platformDocument(app));
  publicRoutes(app, OPENAPI_PATH, {
    GET: { ...DOCUMENT_ROUTES.json, handler: (context) => answers.json(serversOf(context)) },
  });
  publicRoutes(app, REFERENCE_PATH, {
    GET: { ...DOCUMENT_ROUTES.page, handler: (context) => answers.page(serversOf(context)) },
  });
}

function platformDocument(app: Hono<RequestEnvironment>): OpenApiDocument {
  const routes = describedRoutes(app);
  requireDescribed(app.routes, routes);
  return openApiDocument({
    title: 'Freehold platform',
    description:
      'Signing up, following operations, the directory of providers, what operators do, and the addresses of files. Each account has a document of its own, at `/openapi.json` of its address: `https://<slug>.<platform domain>` or `/a/<slug>` here.',
    routes,
    errors: { admin: ['TOKEN_MISSING', 'ADMIN_TOKEN_INVALID'] },
  });
}

function serversOf({ env: { platform } }: Context<RequestEnvironment>): Server[] {
  return [{ url: platform.env.PLATFORM_URL, description: 'The platform.' }];
}
