import { Hono } from 'hono';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import { publicBinding } from '../dispatch/script-bindings.ts';
import { secretSchema } from '../dispatch/secret-routes.ts';
import type { Env } from '../env.ts';
import { changeWorker, getWorker } from './worker-store.ts';

/** `/accounts/{account}/workers/scripts/{name}/secrets`; values are never answered. */
export const workerSecretRoutes = new Hono<{ Bindings: Env }>()
  .get('/:name/secrets', async (c) => {
    const { body } = await getWorker(c.env, c.req.param('name'));
    const secrets = body.bindings.filter(({ type }) => type === 'secret_text');
    return c.json(envelope(secrets.map(publicBinding)));
  })
  .put('/:name/secrets', async (c) => {
    const secret = await readJson(c.req.raw, secretSchema, 'SCRIPT_INVALID');
    await changeWorker(c.env, c.req.param('name'), (body) => {
      const others = body.bindings.filter(({ name }) => name !== secret.name);
      const taken = body.bindings.find(({ name, type }) => name === secret.name && type !== 'secret_text');
      if (taken !== undefined) {
        throw new ApiError('SECRET_NAME_TAKEN', takenMessage(secret.name));
      }
      return { ...body, bindings: [...others, secret] };
    });
    return c.json(envelope(publicBinding(secret)));
  });

function takenMessage(name: string): string {
  return `Binding name '${name}' already in use. Please use a different name and try again.`;
}
