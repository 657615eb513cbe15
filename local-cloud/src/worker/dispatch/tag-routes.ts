import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { changeScript } from './change-script.ts';
import { checkedTags } from './script-metadata.ts';
import { getScript } from './script-store.ts';

const tagsSchema = z.array(z.string()).nullable();

/** The tags of one script. */
export const tagRoutes = new Hono<{ Bindings: Env }>()
  .get('/:namespace/scripts/:name/tags', async (c) => {
    const { body } = await getScript(c.env, c.req.param());
    return c.json(envelope(body.tags));
  })
  .put('/:namespace/scripts/:name/tags', async (c) => {
    const tags = checkedTags((await readJson(c.req.raw, tagsSchema, 'SCRIPT_TAGS_INVALID')) ?? []);
    const { body } = await changeScript(c.env, c.req.param(), (present) => ({ ...present, tags }));
    return c.json(envelope(body.tags));
  })
  .put('/:namespace/scripts/:name/tags/:tag', async (c) => {
    const tag = c.req.param('tag');
    await changeScript(c.env, c.req.param(), (body) => ({ ...body, tags: checkedTags([...body.tags, tag]) }));
    return c.json(envelope(null));
  })
  .delete('/:namespace/scripts/:name/tags/:tag', async (c) => {
    const tag = c.req.param('tag');
    await changeScript(c.env, c.req.param(), (body) => ({
      ...body,
      tags: body.tags.filter((other) => other !== tag),
    }));
    return c.json(envelope(null));
  });
