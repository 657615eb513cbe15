import { readToEnd } from '../read-to-end.ts';

type Handler = (...args: unknown[]) => unknown;

const EVENTS = ['fetch', 'scheduled', 'queue', 'email'];

/**
 * The default export of a hosted Worker, whose handlers write what they throw, with its stack, to the log (the runtime
 * itself says nothing of a failed `scheduled` and gives no stack for a failed `fetch`), and whose `fetch` reads requests
 * to their end. A class is left as it is.
 */
export function wrapHandlers(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  const wrapped: Record<string, unknown> = Object.create(exported);
  for (const event of EVENTS) {
    const handler: unknown = Reflect.get(exported, event);
    if (isHandler(handler)) wrapped[event] = wrap(exported, handler);
  }
  return wrapped;
}

function wrap(exported: object, handler: Handler): Handler {
  return async (...args) => {
    try {
      const result = await handler.apply(exported, args);
      const [request] = args;
      if (request instanceof Request && result instanceof Response) await readToEnd(request, result);
      return result;
    } catch (error) {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error);
      throw error;
    }
  };
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
