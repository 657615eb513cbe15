import type { Env } from '../env.ts';

/** Where a database lies: a slot, or (`slot` null) the binding of a database that a hosted Worker declares. */
export interface DatabasePlace {
  uuid: string;
  slot: number | null;
}

const openedSlots = new Set<number>();

/** Whether the runtime may have the file of a slot open: it never lets go of one. */
export function isOpened(slot: number): boolean {
  return openedSlots.has(slot);
}

/** The D1 binding of a slot. Throws when the host declared fewer slots than the state knows. */
export function slotBinding(env: Env, slot: number): D1Database {
  const binding = bindingNamed(env, `DB_${slot}`);
  if (binding === undefined) throw new Error(`Database slot ${slot} is not declared.`);
  openedSlots.add(slot);
  return binding;
}

/** The D1 binding of a database, or undefined when the hosted Worker that declared it is gone. */
export function databaseBinding(env: Env, place: DatabasePlace): D1Database | undefined {
  return place.slot === null
    ? bindingNamed(env, `HOSTED_${place.uuid.replaceAll('-', '_')}`)
    : slotBinding(env, place.slot);
}

function bindingNamed(env: Env, name: string): D1Database | undefined {
  // The host declares these bindings by number, so no static type can name them.
  return (env as unknown as Record<string, D1Database | undefined>)[name];
}
