import type { Call } from '../http/call.ts';
import { bringUpSchema, type SchemaState } from './bring-up-schema.ts';
import { ACCOUNT_MIGRATIONS } from './migrations.ts';

/** The bindings whose database was found ready: once per isolate. */
const ready = new WeakSet<object>();

/**
 * Ensures, once per isolate, that the database is this stack's own and up to date before anything is served from it.
 *
 * Only the outcome is remembered, never a promise: one that belongs to a request that was cut off may never settle,
 * and every later request would wait for it. Requests that meet here at once do the same work, which is safe.
 *
 * Errors: as {@link bringUpSchema}.
 */
export async function ensureReady(call: Call): Promise<void> {
  if (!ready.has(call.env)) await checkReadiness(call);
}

/** Does what {@link ensureReady} does, again, and says how the stack is now. */
export async function checkReadiness({ env, now }: Call): Promise<SchemaState> {
  const state = await bringUpSchema(env, ACCOUNT_MIGRATIONS, now);
  ready.add(env);
  return state;
}
