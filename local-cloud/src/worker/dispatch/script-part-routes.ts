import { Hono } from 'hono';
import { envelope } from '../api/envelope.ts';
import type { Env } from '../env.ts';
import { contentTypeOf } from './module-kinds.ts';
import { readModule } from './module-store.ts';
import { publicBinding } from './script-bindings.ts';
import { changeSettings, settingsOf } from './script-settings.ts';
import { getScript } from './script-store.ts';

/** Reads parts of one script: `settings` (which can be changed), `bindings`, `content`. */
export const scriptPartRoutes = new Hono<{ Bindings: Env }>()
  .get('/:namespace/scripts/:name/settings', async (c) =>
    c.json(envelope(settingsOf(await getScript(c.env, c.req.param())))),
  )
  .patch('/:namespace/scripts/:name/settings', async (c) =>
    c.json(envelope(settingsOf(await changeSettings(c.env, c.req.param(), c.req.raw)))),
  )
  .get('/:namespace/scripts/:name/bindings', async (c) => {
    const { body } = await getScript(c.env, c.req.param());
    return c.json(envelope(body.bindings.map(publicBinding)));
  })
  .get('/:namespace/scripts/:name/content', async (c) => {
    const { body, etag } = await getScript(c.env, c.req.param());
    const form = new FormData();
    for (const { name, kind, sha256 } of body.modules) {
      form.append(name, new File([await readModule(c.env, sha256)], name, { type: contentTypeOf(kind) }));
    }
    return new Response(form, { headers: { 'cf-entrypoint': body.main_module, etag } });
  });
