import type { Env, Hono } from 'hono';
import { methodNotAllowed } from '#shared-schema/errors/platform-error.ts';

/** Answers `METHOD_NOT_ALLOWED` with the methods that are, at every address that the app has a route for. Call it last. */
export function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const allowed = new Map<string, string[]>();
  for (const { path, method } of app.routes.filter((route) => route.method !== 'ALL')) {
    allowed.set(path, [...(allowed.get(path) ?? []), method]);
  }
  for (const [path, methods] of allowed) {
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    app.all(path, () => {
      throw methodNotAllowed(allow);
    });
  }
}
