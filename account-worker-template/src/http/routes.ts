import type { Context, Hono } from 'hono';
import { methodNotAllowed } from '#shared-schema/errors/platform-error.ts';
import type {
  Access,
  DocumentedRoute,
  Method,
  RouteDescription,
} from '#shared-schema/openapi/route-description.ts';
import { requireControl } from '../auth/require-control.ts';
import { requireUser } from '../auth/require-user.ts';
import type { Env } from '../env.ts';
import { ensureReady } from '../schema/ensure-ready.ts';
import type { Call, UserCall } from './call.ts';

/** What hono carries along with a request. */
export interface AppEnv {
  readonly Bindings: Env;
  readonly Variables: { readonly call: Call };
}

type Handler<C extends Call> = (call: C, id: string) => Promise<Response>;
type Handlers<C extends Call> = Partial<Record<Method, Handler<C>>>;

/** A route whole: what answers it, and what the account's document says of it. */
export interface Route<C extends Call> extends RouteDescription {
  readonly handler: Handler<C>;
}
type Routes<R extends RouteDescription> = Readonly<Partial<Record<Method, R>>>;

export type UserRoute = Route<UserCall>;
export type PublicRoute = Route<Call>;

/** What the document of each app is made of, in the order of mounting. */
const described = new WeakMap<Hono<AppEnv>, DocumentedRoute[]>();

/** Routes of a user of the account: a token, then a ready database, then the handler. */
export function userRoutes(app: Hono<AppEnv>, path: string, routes: Routes<UserRoute>): void {
  describe(app, path, 'user', routes);
  mount(app, path, handlersOf(routes), async (call) => {
    const userCall = await requireUser(call);
    await ensureReady(call);
    return userCall;
  });
}

/** Routes of anybody. The platform lets only the account's document through without a token. */
export function publicRoutes(app: Hono<AppEnv>, path: string, routes: Routes<PublicRoute>): void {
  describe(app, path, 'public', routes);
  mount(app, path, handlersOf(routes), async (call) => call);
}

/** Routes that the platform answers under the account's address: described here, mounted there. */
export function platformAnswers(app: Hono<AppEnv>, path: string, routes: Routes<RouteDescription>): void {
  describe(app, path, 'public', routes);
}

/** Routes of the platform. What lacks a control token meets the same 404 as an address that does not exist. */
export function controlRoutes(app: Hono<AppEnv>, path: string, handlers: Handlers<Call>): void {
  app.use(path, async (context, next) => {
    await requireControl(context.var.call);
    await next();
  });
  mount(app, path, handlers, async (call) => call);
}

/** Every route that a caller from outside may meet, as the document is to tell it. */
export function describedRoutes(app: Hono<AppEnv>): readonly DocumentedRoute[] {
  return described.get(app) ?? [];
}

function describe(app: Hono<AppEnv>, path: string, access: Access, routes: Routes<RouteDescription>): void {
  const all = described.get(app) ?? [];
  for (const [method, route] of entriesOf(routes)) all.push({ ...route, method, path, access });
  described.set(app, all);
}

function handlersOf<C extends Call>(routes: Routes<Route<C>>): Handlers<C> {
  return Object.fromEntries(entriesOf(routes).map(([method, { handler }]) => [method, handler]));
}

function entriesOf<R>(routes: Readonly<Partial<Record<Method, R>>>): [Method, R][] {
  return Object.entries(routes) as [Method, R][]; // the type has no other keys
}

function mount<C extends Call>(
  app: Hono<AppEnv>,
  path: string,
  handlers: Handlers<C>,
  begin: (call: Call) => Promise<C>,
): void {
  for (const [method, handler] of Object.entries(handlers)) {
    app.on(method, path, async (context: Context<AppEnv>) =>
      handler(await begin(context.var.call), context.req.param('id') ?? ''),
    );
  }
  const allow = Object.keys(handlers).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  app.all(path, () => {
    throw methodNotAllowed(allow);
  });
}
