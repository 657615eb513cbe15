import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { checked, readForm } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { changeScript } from './change-script.ts';
import { readJsonPart } from './json-part.ts';
import { publicBinding, resolveBindings } from './script-bindings.ts';
import { checkedTags, metadataSchema, otherSettings } from './script-metadata.ts';
import type { Script, ScriptKey } from './script-store.ts';

const settingsSchema = z.looseObject({
  compatibility_date: metadataSchema.shape.compatibility_date.optional(),
  compatibility_flags: z.array(z.string()).optional(),
  bindings: metadataSchema.shape.bindings.unwrap().optional(),
  tags: z.array(z.string()).nullish(),
});

/** The settings of a script as the API shows them. */
export function settingsOf({ body }: Script): Record<string, unknown> {
  return {
    compatibility_date: body.compatibility_date,
    compatibility_flags: body.compatibility_flags,
    bindings: body.bindings.map(publicBinding),
    tags: body.tags,
    usage_model: 'standard',
    ...body.settings,
  };
}

/** Changes the settings a request gives, in a form's `settings` part or as JSON; the others stay. */
export async function changeSettings(env: Env, key: ScriptKey, request: Request): Promise<Script> {
  const given = checked(await readSettings(request), settingsSchema, 'SCRIPT_INVALID');
  return await changeScript(env, key, async (body) => ({
    ...body,
    compatibility_date: given.compatibility_date ?? body.compatibility_date,
    compatibility_flags: given.compatibility_flags ?? body.compatibility_flags,
    tags: given.tags === undefined ? body.tags : checkedTags(given.tags ?? []),
    settings: { ...body.settings, ...otherSettings(given) },
    bindings:
      given.bindings === undefined
        ? body.bindings
        : await resolveBindings(env, given.bindings, {
            bindings: body.bindings,
            keepTypes: [],
            strict: true,
          }),
  }));
}

async function readSettings(request: Request): Promise<unknown> {
  if (request.headers.get('content-type')?.startsWith('multipart/form-data')) {
    return await readJsonPart(await readForm(request), 'settings');
  }
  try {
    return await request.json();
  } catch {
    throw new ApiError('BODY_MALFORMED', 'The request body is neither a multipart form nor JSON.');
  }
}
