import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { changeScript } from './change-script.ts';
import { publicBinding, type StoredBinding } from './script-bindings.ts';
import { getScript } from './script-store.ts';

export const secretSchema = z.object({
  name: z.string().min(1),
  text: z.string(),
  type: z.literal('secret_text'),
});

/** The secrets of one script; their values are never answered. */
export const secretRoutes = new Hono<{ Bindings: Env }>()
  .get('/:namespace/scripts/:name/secrets', async (c) => {
    const { body } = await getScript(c.env, c.req.param());
    return c.json(envelope(body.bindings.filter(isSecret).map(publicBinding)));
  })
  .put('/:namespace/scripts/:name/secrets', async (c) => {
    const secret = await readJson(c.req.raw, secretSchema, 'SCRIPT_INVALID');
    await changeScript(c.env, c.req.param(), (body) => ({
      ...body,
      bindings: [...body.bindings.filter(({ name }) => name !== secret.name), secret],
    }));
    return c.json(envelope(publicBinding(secret)));
  })
  .get('/:namespace/scripts/:name/secrets/:secret', async (c) => {
    const { body } = await getScript(c.env, c.req.param());
    return c.json(envelope(publicBinding(requireSecret(body.bindings, c.req.param('secret')))));
  })
  .delete('/:namespace/scripts/:name/secrets/:secret', async (c) => {
    await changeScript(c.env, c.req.param(), (body) => {
      const secret = requireSecret(body.bindings, c.req.param('secret'));
      return { ...body, bindings: body.bindings.filter((binding) => binding !== secret) };
    });
    return c.json(envelope(null));
  });

function requireSecret(bindings: StoredBinding[], name: string): StoredBinding {
  const secret = bindings.find((binding) => isSecret(binding) && binding.name === name);
  if (secret === undefined) throw new ApiError('SECRET_NOT_FOUND', `Secret '${name}' not found.`);
  return secret;
}

function isSecret(binding: StoredBinding): boolean {
  return binding.type === 'secret_text';
}
