import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { forgetLoadedScripts } from './loaded-scripts.ts';
import { createNamespace, deleteNamespace, getNamespace, listNamespaces } from './namespace-store.ts';

const createSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'Invalid dispatch namespace name'),
});

/** `/accounts/{account}/workers/dispatch/namespaces`. */
export const namespaceRoutes = new Hono<{ Bindings: Env }>()
  .get('/', async (c) => c.json(envelope(await listNamespaces(c.env))))
  .post('/', async (c) => {
    const { name } = await readJson(c.req.raw, createSchema, 'NAMESPACE_NAME_INVALID');
    return c.json(envelope(await createNamespace(c.env, name)));
  })
  .get('/:namespace', async (c) => c.json(envelope(await getNamespace(c.env, c.req.param('namespace')))))
  .delete('/:namespace', async (c) => {
    await deleteNamespace(c.env, c.req.param('namespace'));
    forgetLoadedScripts();
    return c.json(envelope(null));
  });
