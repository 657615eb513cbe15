import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** How long a caller waits before asking again: 1 second. */
const RETRY_AFTER_MS = 1_000;

/** The calls that ask nothing yet and give what does. */
const GIVE_MORE: ReadonlySet<string | symbol> = new Set(['prepare', 'bind', 'withSession']);

/** What each wrapped statement is: D1's batch takes its own only. */
const statements = new WeakMap<object, object>();

/**
 * The registry, whose every failure is `REGISTRY_UNAVAILABLE` with what D1 said as its cause, whichever call it was. What
 * may be refused for good is a condition of the write itself (decisions/0003), so a call that throws was not answered.
 */
export function answeringRegistry(database: D1Database): D1Database {
  return answering(database);
}

function answering<Target extends object>(target: Target): Target {
  const wrapped = new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const given: unknown = Reflect.apply(member, target, args.map(unwrapped));
        if (given instanceof Promise) return answered(given);
        return GIVE_MORE.has(name) && typeof given === 'object' && given !== null ? answering(given) : given;
      };
    },
  });
  statements.set(wrapped, target);
  return wrapped;
}

function unwrapped(argument: unknown): unknown {
  if (Array.isArray(argument)) return argument.map(unwrapped);
  if (typeof argument !== 'object' || argument === null) return argument;
  return statements.get(argument) ?? argument;
}

async function answered(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (cause) {
    throw new PlatformError('REGISTRY_UNAVAILABLE', { cause, retryAfterMs: RETRY_AFTER_MS });
  }
}
