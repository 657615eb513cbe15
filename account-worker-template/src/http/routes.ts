import type { Context, Hono } from 'hono';
import { methodNotAllowed } from '#shared-schema/errors/platform-error.ts';
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

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Handler<C extends Call> = (call: C, id: string) => Promise<Response>;
type Handlers<C extends Call> = Partial<Record<Method, Handler<C>>>;

/** Routes of a user of the account: a token, then a ready database, then the handler. */
export function userRoutes(app: Hono<AppEnv>, path: string, handlers: Handlers<UserCall>): void {
  mount(app, path, handlers, async (call) => {
    const userCall = await requireUser(call);
    await ensureReady(call);
    return userCall;
  });
}

/** Routes of the platform. What lacks a control token meets the same 404 as an address that does not exist. */
export function controlRoutes(app: Hono<AppEnv>, path: string, handlers: Handlers<Call>): void {
  app.use(path, async (context, next) => {
    await requireControl(context.var.call);
    await next();
  });
  mount(app, path, handlers, async (call) => call);
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
