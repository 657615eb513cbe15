import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import { checkStart } from './check-start.ts';
import { forgetLoadedScript } from './loaded-scripts.ts';
import { sha256Hex, storeModule } from './module-store.ts';
import { type PreviousBindings, resolveBindings } from './script-bindings.ts';
import { checkedTags, otherSettings } from './script-metadata.ts';
import { findScript, type Script, type ScriptBody, type ScriptKey, saveScript } from './script-store.ts';
import type { Upload } from './upload-form.ts';

const SCRIPT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Refuses with `SCRIPT_NAME_INVALID` what no Worker can be called. */
export function requireScriptName(name: string): void {
  if (!SCRIPT_NAME.test(name)) throw new ApiError('SCRIPT_NAME_INVALID', `Invalid script name '${name}'.`);
}

/** Checks, stores and puts live a script. When it returns, the next request runs the new version. */
export async function uploadScript(
  env: Env,
  key: ScriptKey,
  upload: Upload,
  strictInherit: boolean,
): Promise<{ script: Script; startupTimeMs: number }> {
  requireScriptName(key.name);
  const previous = await findScript(env, key);
  const { body, etag, startupTimeMs } = await readScript(env, upload, {
    bindings: previous?.body.bindings ?? [],
    strict: strictInherit,
  });
  const script = await saveScript(env, key, body, etag);
  forgetLoadedScript(`${key.namespace}/${key.name}`);
  return { script, startupTimeMs };
}

/** What an upload makes of a script: checked, its modules stored, tried to start, not live yet. */
export async function readScript(
  env: Env,
  { metadata, modules }: Upload,
  previous: Omit<PreviousBindings, 'keepTypes'>,
): Promise<{ body: ScriptBody; etag: string; startupTimeMs: number }> {
  const body: ScriptBody = {
    main_module: metadata.main_module,
    modules: [],
    compatibility_date: metadata.compatibility_date,
    compatibility_flags: metadata.compatibility_flags,
    bindings: await resolveBindings(env, metadata.bindings, {
      ...previous,
      keepTypes: metadata.keep_bindings,
    }),
    tags: checkedTags(metadata.tags),
    settings: otherSettings(metadata),
  };
  for (const { name, kind, content } of modules) {
    body.modules.push({ name, kind, sha256: await storeModule(env, content) });
  }
  const etag = await codeHash(body);
  return { body, etag, startupTimeMs: await checkStart(env, body, etag) };
}

/** Identifies code and the dates and flags it runs under, whatever its bindings. */
async function codeHash(body: ScriptBody): Promise<string> {
  const { main_module, modules, compatibility_date, compatibility_flags } = body;
  const text = JSON.stringify([main_module, modules, compatibility_date, compatibility_flags]);
  return await sha256Hex(new TextEncoder().encode(text));
}
