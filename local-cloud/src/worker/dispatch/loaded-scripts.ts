import { databaseBinding } from '../d1/database-binding.ts';
import type { Env } from '../env.ts';
import { lingeringScript } from './lingering-scripts.ts';
import { loaderModule, readModule } from './module-store.ts';
import { findPlaces } from './script-bindings.ts';
import { findScript, type Script, type ScriptBody } from './script-store.ts';

/** What it takes to run the present version of a script. */
export interface LoadedScript {
  /** Differs for every version and for every place its databases lie in. */
  loaderId: string;
  getCode: () => Promise<WorkerLoaderWorkerCode>;
}

const loaded = new Map<string, LoadedScript>();
let generation = 0;

/** Ensures that every script is read anew before its next request. To be called after each committed change. */
export function forgetLoadedScripts(): void {
  generation += 1;
  loaded.clear();
}

/** Ensures that one script, `<namespace>/<name>`, is read anew before its next request. */
export function forgetLoadedScript(path: string): void {
  generation += 1;
  loaded.delete(path);
}

/** The script of this path if it is in memory. */
export function peekLoadedScript(path: string): LoadedScript | undefined {
  return loaded.get(path);
}

/** The script `<namespace>/<name>`, from memory or from the state; undefined when there is none. */
export async function loadScript(env: Env, path: string): Promise<LoadedScript | undefined> {
  const startedAt = generation;
  const slash = path.indexOf('/');
  const found = await findScript(env, { namespace: path.slice(0, slash), name: path.slice(slash + 1) });
  const script = found ?? lingeringScript(path);
  if (script === undefined) return undefined;
  const bindings = await bindingsOf(env, script.body);
  const entry = {
    loaderId: loaderId(script, bindings.places),
    getCode: () => codeOf(env, script.body, bindings.env),
  };
  // A change committed while this was read may not be overtaken by what was read before it.
  if (found !== null && generation === startedAt) loaded.set(path, entry);
  return entry;
}

/** The env of a script, and a text that tells where its databases lie. The binding of a deleted database is absent. */
export async function bindingsOf(
  env: Env,
  body: Pick<ScriptBody, 'bindings'>,
): Promise<{ env: Record<string, unknown>; places: string }> {
  const places = await findPlaces(env, body.bindings);
  const scriptEnv: Record<string, unknown> = {};
  const slots: string[] = [];
  for (const binding of body.bindings) {
    if (binding.type === 'json') scriptEnv[binding.name] = binding.json;
    else if (binding.type === 'plain_text' || binding.type === 'secret_text')
      scriptEnv[binding.name] = binding.text;
    else if (binding.type === 'd1') {
      const place = places.get(binding.id);
      if (place === undefined) continue;
      scriptEnv[binding.name] = databaseBinding(env, place);
      slots.push(`${binding.name}=${place.slot ?? place.uuid}`);
    }
  }
  return { env: scriptEnv, places: slots.join(',') };
}

/** The code of a script as the Worker Loader takes it. */
export async function codeOf(
  env: Env,
  body: Pick<ScriptBody, 'main_module' | 'modules' | 'compatibility_date' | 'compatibility_flags'>,
  scriptEnv: Record<string, unknown>,
): Promise<WorkerLoaderWorkerCode> {
  const modules: Record<string, WorkerLoaderModule> = {};
  for (const { name, kind, sha256 } of body.modules) {
    modules[name] = loaderModule(kind, await readModule(env, sha256));
  }
  return {
    compatibilityDate: body.compatibility_date,
    compatibilityFlags: body.compatibility_flags,
    mainModule: body.main_module,
    modules,
    env: scriptEnv,
  };
}

function loaderId(script: Script, places: string): string {
  return `${script.namespace}/${script.name}@${script.version}?${places}`;
}
