import type { Env } from '../env.ts';
import { dispatchCall } from '../faults/call.ts';
import { faultsOf } from '../faults/faults.ts';
import { underFaults } from '../faults/under-faults.ts';
import { prepareState } from '../state/prepare-state.ts';
import { loadScript, peekLoadedScript } from './loaded-scripts.ts';
import { SCRIPT_HEADER } from './script-header.ts';
import { runInIsolate } from './script-isolate.ts';

/**
 * Runs the script a request names. Rejects with "Worker not found." when there is none, as a dispatch namespace does.
 */
export const dispatcher = {
  async fetch(request, env, ctx) {
    const path = request.headers.get(SCRIPT_HEADER) ?? '';
    const faults = faultsOf(env);
    const run = () => runScript(request, env, ctx, path);
    return await (faults === undefined ? run() : underFaults(faults, dispatchCall(request, path), run));
  },
} satisfies ExportedHandler<Env>;

async function runScript(request: Request, env: Env, ctx: ExecutionContext, path: string): Promise<Response> {
  const script = peekLoadedScript(path) ?? (await coldScript(env, ctx, path));
  if (script === undefined) throw new Error('Worker not found.');
  const forwarded = new Request(request);
  forwarded.headers.delete(SCRIPT_HEADER);
  return await runInIsolate(env, script, forwarded);
}

async function coldScript(env: Env, ctx: ExecutionContext, path: string) {
  await prepareState(env, ctx);
  return await loadScript(env, path);
}
