import { Hono } from 'hono';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readForm } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { lingersWhile, listAsOf } from '../faults/request-faults.ts';
import { letScriptLinger } from './lingering-scripts.ts';
import { forgetLoadedScript } from './loaded-scripts.ts';
import { getNamespace } from './namespace-store.ts';
import { publicBinding } from './script-bindings.ts';
import { findScript, listScripts, removeScript, type Script } from './script-store.ts';
import { hasTags, parseTagFilter } from './tag-filter.ts';
import { readUpload } from './upload-form.ts';
import { uploadScript } from './upload-script.ts';

/** `/accounts/{account}/workers/dispatch/namespaces/{namespace}/scripts`. */
export const scriptRoutes = new Hono<{ Bindings: Env }>()
  .get('/:namespace/scripts', async (c) => {
    await getNamespace(c.env, c.req.param('namespace'));
    const filter = parseTagFilter(c.req.query('tags'));
    const scripts = await listScripts(c.env, c.req.param('namespace'), listAsOf(c.env, c.req.raw));
    return c.json(envelope(scripts.filter(({ body }) => hasTags(body.tags, filter)).map(scriptInfo)));
  })
  .put('/:namespace/scripts/:name', async (c) => {
    await getNamespace(c.env, c.req.param('namespace'));
    const upload = await readUpload(await readForm(c.req.raw));
    const key = { namespace: c.req.param('namespace'), name: c.req.param('name') };
    const strict = c.req.query('bindings_inherit') === 'strict';
    const { script, startupTimeMs } = await uploadScript(c.env, key, upload, strict);
    return c.json(
      envelope({
        ...scriptInfo(script),
        deployment_id: script.version,
        entry_point: script.body.main_module,
        startup_time_ms: startupTimeMs,
        bindings: script.body.bindings.map(publicBinding),
      }),
    );
  })
  .get('/:namespace/scripts/:name', async (c) => {
    await getNamespace(c.env, c.req.param('namespace'));
    const script = await findScript(c.env, c.req.param());
    if (script === null) {
      throw new ApiError('SCRIPT_ENVIRONMENT_NOT_FOUND', 'This Worker does not exist on your account.');
    }
    const { created_on, modified_on, namespace } = script;
    return c.json(
      envelope({ created_on, modified_on, dispatch_namespace: namespace, script: scriptInfo(script) }),
    );
  })
  .delete('/:namespace/scripts/:name', async (c) => {
    await getNamespace(c.env, c.req.param('namespace'));
    const { namespace, name } = c.req.param();
    const removed = await removeScript(c.env, { namespace, name });
    forgetLoadedScript(`${namespace}/${name}`);
    if (removed === null)
      throw new ApiError('SCRIPT_NOT_FOUND', 'This Worker does not exist on your account.');
    letScriptLinger(removed, lingersWhile(c.env, c.req.raw));
    return c.json(envelope(null));
  });

function scriptInfo({
  namespace,
  name,
  etag,
  created_on,
  modified_on,
  body,
}: Script): Record<string, unknown> {
  return {
    id: name,
    dispatch_namespace: namespace,
    etag,
    created_on,
    modified_on,
    compatibility_date: body.compatibility_date,
    compatibility_flags: body.compatibility_flags,
    tags: body.tags,
    has_modules: true,
    has_assets: false,
    handlers: ['fetch'],
    usage_model: 'standard',
    ...body.settings,
  };
}
