type Handler = (...args: unknown[]) => unknown;

const LOGGED_EVENTS = ['fetch', 'scheduled', 'queue', 'email'];

/**
 * The default export of a hosted Worker, whose handlers write what they throw, with its stack, to the log. The runtime
 * itself says nothing of a failed `scheduled` and gives no stack for a failed `fetch`. A class is left as it is.
 */
export function logUncaught(exported: unknown): unknown {
  if (typeof exported !== 'object' || exported === null) return exported;
  const logged: Record<string, unknown> = Object.create(exported);
  for (const event of LOGGED_EVENTS) {
    const handler: unknown = Reflect.get(exported, event);
    if (isHandler(handler)) logged[event] = logging(exported, handler);
  }
  return logged;
}

function logging(exported: object, handler: Handler): Handler {
  return async (...args) => {
    try {
      return await handler.apply(exported, args);
    } catch (error) {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error);
      throw error;
    }
  };
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
