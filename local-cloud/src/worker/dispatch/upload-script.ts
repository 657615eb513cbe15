import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import { checkStart } from './check-start.ts';
import { forgetLoadedScript } from './loaded-scripts.ts';
import { sha256Hex, storeModule } from './module-store.ts';
import { resolveBindings } from './script-bindings.ts';
import { checkedTags, otherSettings } from './script-metadata.ts';
import { findScript, type Script, type ScriptBody, type ScriptKey, saveScript } from './script-store.ts';
import type { Upload } from './upload-form.ts';

const SCRIPT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Checks, stores and puts live a script. When it returns, the next request runs the new version. */
export async function uploadScript(
  env: Env,
  key: ScriptKey,
  { metadata, modules }: Upload,
  strictInherit: boolean,
): Promise<{ script: Script; startupTimeMs: number }> {
  if (!SCRIPT_NAME.test(key.name))
    throw new ApiError('SCRIPT_NAME_INVALID', `Invalid script name '${key.name}'.`);
  const previous = await findScript(env, key);
  const body: ScriptBody = {
    main_module: metadata.main_module,
    modules: [],
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags,
    bindings: await resolveBindings(env, metadata.bindings, {
      bindings: previous?.body.bindings ?? [],
      keepTypes: metadata.keep_bindings,
      strict: strictInherit,
    }),
    tags: checkedTags(metadata.tags),
    settings: otherSettings(metadata),
  };
  for (const { name, kind, content } of modules) {
    body.modules.push({ name, kind, sha256: await storeModule(env, content) });
  }
  const etag = await codeHash(body);
  const startupTimeMs = await checkStart(env, body, etag);
  const script = await saveScript(env, key, body, etag);
  forgetLoadedScript(`${key.namespace}/${key.name}`);
  return { script, startupTimeMs };
}

/** Identifies code and the dates and flags it runs under, whatever its bindings. */
async function codeHash(body: ScriptBody): Promise<string> {
  const { main_module, modules, compatibility_date, compatibility_flags } = body;
  const text = JSON.stringify([main_module, modules, compatibility_date, compatibility_flags]);
  return await sha256Hex(new TextEncoder().encode(text));
}
