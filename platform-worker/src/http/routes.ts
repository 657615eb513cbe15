import type { Context, Hono } from 'hono';
import type {
  Access,
  DocumentedRoute,
  Method,
  RouteDescription,
} from '#shared-schema/openapi/route-description.ts';
import type { RequestEnvironment } from './request-environment.ts';

type PlatformApp = Hono<RequestEnvironment>;

/** A route whole: what answers it, and what the platform's document says of it. */
export interface PlatformRoute extends RouteDescription {
  readonly handler: (context: Context<RequestEnvironment>) => Response | Promise<Response>;
}
type Routes = Readonly<Partial<Record<Method, PlatformRoute>>>;
type Descriptions = Readonly<Partial<Record<DocumentedRoute['method'], RouteDescription>>>;

/** What the document of each app is made of, in the order of mounting. */
const described = new WeakMap<PlatformApp, DocumentedRoute[]>();

/** Routes of anybody. */
export function publicRoutes(app: PlatformApp, path: string, routes: Routes): void {
  mount(app, path, 'public', routes);
}

/** Routes of an operator: all of them lie below `/admin`, which only the admin token opens. */
export function adminRoutes(app: PlatformApp, path: `/admin/${string}`, routes: Routes): void {
  mount(app, path, 'admin', routes);
}

/** Routes under the address of an account that the platform answers before any router: described here. */
export function accountAnswers(app: PlatformApp, path: `/a/:slug/${string}`, routes: Descriptions): void {
  const entries = Object.entries(routes) as [DocumentedRoute['method'], RouteDescription][]; // the type has no other keys
  for (const [method, route] of entries) describedIn(app).push({ ...route, method, path, access: 'public' });
}

/** Every route of the platform's own, as its document is to tell it. */
export function describedRoutes(app: PlatformApp): readonly DocumentedRoute[] {
  return described.get(app) ?? [];
}

function mount(app: PlatformApp, path: string, access: Access, routes: Routes): void {
  const all = describedIn(app);
  const entries = Object.entries(routes) as [Method, PlatformRoute][]; // the type has no other keys
  for (const [method, { handler, ...description }] of entries) {
    all.push({ ...description, method, path, access });
    app.on(method, path, handler);
  }
}

function describedIn(app: PlatformApp): DocumentedRoute[] {
  const all = described.get(app) ?? [];
  described.set(app, all);
  return all;
}
