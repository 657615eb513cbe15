import type { Env } from '../env.ts';
import { forgetLoadedScript } from './loaded-scripts.ts';
import { getScript, replaceScript, type Script, type ScriptBody, type ScriptKey } from './script-store.ts';

/**
 * Replaces what a script says about itself by what `change` makes of it; `change` is called again when another change
 * came first. When it returns, the next request runs the new version.
 */
export async function changeScript(
  env: Env,
  key: ScriptKey,
  change: (body: ScriptBody) => ScriptBody | Promise<ScriptBody>,
): Promise<Script> {
  for (;;) {
    const present = await getScript(env, key);
    const changed = await replaceScript(env, present, await change(present.body));
    if (changed === null) continue;
    forgetLoadedScript(`${key.namespace}/${key.name}`);
    return changed;
  }
}
