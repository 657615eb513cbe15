import { Hono } from 'hono';
import { secretSchema } from '../dispatch/secret-routes.ts';
import type { Env } from '../env.ts';
import { ApiError } from './api-error.ts';
import { envelope } from './envelope.ts';
import { readJson } from './read-body.ts';

/**
 * Ordinary Workers are hosted by configuration, never by the API; wrangler asks all the same before it deploys. A secret of a
 * hosted Worker is handed to the host, and in force when it starts the Worker the next time.
 */
export const ordinaryScriptRoutes = new Hono<{ Bindings: Env }>()
  .put('/:name/secrets', async (c) => {
    const { name, text, type } = await readJson(c.req.raw, secretSchema, 'SCRIPT_INVALID');
    const body = JSON.stringify({ worker: c.req.param('name'), name, text });
    const { ok } = await c.env.HOSTED_SECRETS.fetch('http://host/', { method: 'PUT', body });
    if (!ok) throw workerNotFound();
    return c.json(envelope({ name, type }));
  })
  .get('/:name{.+}', () => {
    throw workerNotFound();
  });

function workerNotFound(): ApiError {
  return new ApiError('SCRIPT_NOT_FOUND', 'This Worker does not exist on your account.');
}
