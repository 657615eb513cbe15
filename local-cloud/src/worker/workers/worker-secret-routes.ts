import { Hono } from 'hono';
import type { z } from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import { publicBinding } from '../dispatch/script-bindings.ts';
import { secretSchema } from '../dispatch/secret-routes.ts';
import type { Env } from '../env.ts';
import { changeWorker, findWorker, getWorker } from './worker-store.ts';

/**
 * `/accounts/{account}/workers/scripts/{name}/secrets`; values are never answered. A secret of a Worker that was not deployed
 * but is hosted by configuration is handed to the host, and in force when that starts it the next time.
 */
export const workerSecretRoutes = new Hono<{ Bindings: Env }>()
  .get('/:name/secrets', async (c) => {
    const { body } = await getWorker(c.env, c.req.param('name'));
    const secrets = body.bindings.filter(({ type }) => type === 'secret_text');
    return c.json(envelope(secrets.map(publicBinding)));
  })
  .put('/:name/secrets', async (c) => {
    const secret = await readJson(c.req.raw, secretSchema, 'SCRIPT_INVALID');
    const worker = c.req.param('name');
    if ((await findWorker(c.env, worker)) === null && (await takenByHost(c.env, worker, secret))) {
      return c.json(envelope(publicBinding(secret)));
    }
    await changeWorker(c.env, worker, (body) => {
      const others = body.bindings.filter(({ name }) => name !== secret.name);
      const taken = body.bindings.find(({ name, type }) => name === secret.name && type !== 'secret_text');
      if (taken !== undefined) {
        throw new ApiError('SECRET_NAME_TAKEN', takenMessage(secret.name));
      }
      return { ...body, bindings: [...others, secret] };
    });
    return c.json(envelope(publicBinding(secret)));
  });

/** Whether there is a hosted Worker of the name, which has the secret now. */
async function takenByHost(env: Env, worker: string, secret: z.infer<typeof secretSchema>): Promise<boolean> {
  const body = JSON.stringify({ worker, name: secret.name, text: secret.text });
  return (await env.HOSTED_SECRETS.fetch('http://host/', { method: 'PUT', body })).ok;
}

function takenMessage(name: string): string {
  return `Binding name '${name}' already in use. Please use a different name and try again.`;
}
