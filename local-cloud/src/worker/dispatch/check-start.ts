import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import { bindingsOf, codeOf } from './loaded-scripts.ts';
import type { ScriptBody } from './script-store.ts';

const GUARD_MODULE = 'local-cloud-start-check.js';
const startupTimesMs = new Map<string, number>();

/**
 * Ensures that a script evaluates and exports a handler, by loading it behind a guard module that imports it and answers
 * itself: so an error at start cannot be taken for one of the handler. Each distinct `codeHash` is tried once.
 * Refuses with `SCRIPT_INVALID` or `SCRIPT_HAS_NO_HANDLER`. Answers the time it took, in milliseconds.
 */
export async function checkStart(env: Env, body: ScriptBody, codeHash: string): Promise<number> {
  const known = startupTimesMs.get(codeHash);
  if (known !== undefined) return known;
  const startedAt = Date.now();
  const { env: scriptEnv } = await bindingsOf(env, body);
  const code = await codeOf(env, body, scriptEnv);
  const guarded = {
    ...code,
    mainModule: GUARD_MODULE,
    modules: { ...code.modules, [GUARD_MODULE]: { js: guardSource(body.main_module) } },
  };
  const answer = await evaluate(env, guarded);
  if (answer !== 'handler') {
    throw new ApiError('SCRIPT_HAS_NO_HANDLER', 'The uploaded script has no registered event handlers.');
  }
  const startupTimeMs = Date.now() - startedAt;
  startupTimesMs.set(codeHash, startupTimeMs);
  return startupTimeMs;
}

async function evaluate(env: Env, code: WorkerLoaderWorkerCode): Promise<string> {
  try {
    const response = await env.LOADER.load(code).getEntrypoint().fetch('http://local-cloud.internal/');
    return await response.text();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ApiError('SCRIPT_INVALID', message.replace(/^Failed to start Worker:\n/, ''));
  }
}

function guardSource(mainModule: string): string {
  return `import * as main from ${JSON.stringify(`./${mainModule}`)};
const handler = main.default;
const found = typeof handler === 'function' || (typeof handler === 'object' && handler !== null);
export default { fetch: () => new Response(found ? 'handler' : 'none') };`;
}
