import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import type { LoadedScript } from './loaded-scripts.ts';

/** As long as Cloudflare lets work go on after an answer (Workers limits, 2026-11). */
const KEPT_MS = 30_000;

/**
 * Holds the isolate of one version of a script, by its loader id, until 30 seconds after its last request. The runtime keeps
 * every Worker that is loaded by a name until the runtime itself ends, and one that has no name as long as its stub: here as
 * long as this object. So memory is held for the scripts in use and not for all there are.
 */
export class ScriptIsolate extends DurableObject<Env> {
  #worker: WorkerStub | undefined;
  #keptUntil = 0;
  #isKept = false;

  override async fetch(request: Request): Promise<Response> {
    this.#keep();
    const script = takeAsked(this.ctx.id.toString());
    this.#worker ??= this.#load(script);
    return await this.#worker.getEntrypoint().fetch(request);
  }

  #load(script: LoadedScript | undefined): WorkerStub {
    if (script === undefined) throw new Error('An isolate was asked for and not said which.');
    return this.env.LOADER.get(null, script.getCode);
  }

  #keep(): void {
    this.#keptUntil = Date.now() + KEPT_MS;
    if (this.#isKept) return;
    this.#isKept = true;
    this.ctx.waitUntil(this.#untilIdle());
  }

  async #untilIdle(): Promise<void> {
    for (let left = KEPT_MS; left > 0; left = this.#keptUntil - Date.now()) await scheduler.wait(left);
    this.#isKept = false;
  }
}

/** By loader id. Both ends lie in one isolate, and code does not go through a request. */
const asked = new Map<string, LoadedScript>();

/** Undefined where another request for the same isolate took it just now. */
function takeAsked(loaderId: string): LoadedScript | undefined {
  const script = asked.get(loaderId);
  asked.delete(loaderId);
  return script;
}

/** Runs a script in the isolate of its version. */
export async function runInIsolate(env: Env, script: LoadedScript, request: Request): Promise<Response> {
  asked.set(script.loaderId, script);
  return await env.ISOLATES.get(script.loaderId).fetch(request);
}
