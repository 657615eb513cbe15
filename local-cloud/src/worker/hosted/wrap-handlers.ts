import { readToEnd } from '../read-to-end.ts';
import type { Gate } from './zone-gate.ts';

type Handler = (...args: unknown[]) => unknown;

const EVENTS = ['fetch', 'scheduled', 'queue', 'email'];

/**
 * The default export of a hosted Worker, whose handlers write what they throw, with its stack, to the log (the runtime
 * itself says nothing of a failed `scheduled` and gives no stack for a failed `fetch`), and whose `fetch` reads requests
 * to their end. `gate` comes before `fetch`. A class is left as it is.
 */
export function wrapHandlers(exported: unknown, gate?: Gate): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  const wrapped: Record<string, unknown> = Object.create(exported);
  for (const event of EVENTS) {
    const handler: unknown = Reflect.get(exported, event);
    if (isHandler(handler))
      wrapped[event] = wrap(exported, event === 'fetch' ? gated(handler, gate) : handler);
  }
  return wrapped;
}

function gated(handler: Handler, gate: Gate | undefined): Handler {
  if (gate === undefined) return handler;
  return async function (this: unknown, ...args) {
    const [request] = args;
    const refusal = request instanceof Request ? await gate(request) : undefined;
    return refusal ?? (await handler.apply(this, args));
  };
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
