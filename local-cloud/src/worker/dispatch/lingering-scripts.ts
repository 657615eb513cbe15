import type { Script } from './script-store.ts';

const lingering = new Map<string, { script: Script; lingers: () => boolean }>();

/** Ensures that a deleted script is found by {@link lingeringScript} as long as `lingers` says so, and no older one is. */
export function letScriptLinger(script: Script, lingers: (() => boolean) | undefined): void {
  const path = `${script.namespace}/${script.name}`;
  lingering.delete(path);
  if (lingers !== undefined) lingering.set(path, { script, lingers });
}

/** The deleted script `<namespace>/<name>`, if it still answers. */
export function lingeringScript(path: string): Script | undefined {
  const found = lingering.get(path);
  if (found === undefined) return undefined;
  if (found.lingers()) return found.script;
  lingering.delete(path);
  return undefined;
}
