import { Hono } from 'hono';
import * as z from 'zod';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { replaceRoutes } from './route-store.ts';
import { getService } from './worker-routes.ts';
import { getWorker, setUnversioned, type Worker } from './worker-store.ts';

/** The account's own part of workers.dev addresses. */
const SUBDOMAIN = 'local-cloud';

const subdomainSchema = z.object({ enabled: z.boolean(), previews_enabled: z.boolean().default(false) });
const schedulesSchema = z.array(
  z.object({ cron: z.string().regex(/^\S+( \S+){4}$/, 'invalid cron string') }),
);
const routesSchema = z.array(
  z.object({ pattern: z.string(), zone_name: z.string().optional(), zone_id: z.string().optional() }),
);

/** What has an ordinary Worker run: `/accounts/{account}/workers`. */
export const workerTriggerRoutes = new Hono<{ Bindings: Env }>()
  .get('/subdomain', (c) => c.json(envelope({ subdomain: SUBDOMAIN })))
  .get('/services/:name', async (c) => {
    const worker = await getService(c.env, c.req.param('name'));
    const { name, tag, created_on, modified_on, source, settings } = worker;
    const script = { id: name, tag, tags: settings.tags ?? null, last_deployed_from: source };
    const default_environment = { environment: 'production', created_on, modified_on, script };
    return c.json(envelope({ id: name, default_environment, created_on, modified_on }));
  })
  .get('/workers/:name', async (c) => {
    const { name, tag, created_on, modified_on, settings, subdomain } = await getWorker(
      c.env,
      c.req.param('name'),
    );
    const url = `https://${name}.${SUBDOMAIN}.workers.dev`;
    return c.json(
      envelope({
        ...{ id: tag, name, created_on, updated_on: modified_on, deployed_on: modified_on },
        ...{ tags: settings.tags ?? [], logpush: false, observability: { enabled: false } },
        ...{ tail_consumers: [], references: {} },
        subdomain: { ...subdomain, url, preview_url_suffix: `-${name}.${SUBDOMAIN}.workers.dev` },
      }),
    );
  })
  .get('/scripts/:name/subdomain', async (c) =>
    c.json(envelope((await getWorker(c.env, c.req.param('name'))).subdomain)),
  )
  .post('/scripts/:name/subdomain', async (c) => {
    const subdomain = await readJson(c.req.raw, subdomainSchema, 'SCRIPT_INVALID');
    return c.json(
      envelope((await setUnversioned(c.env, c.req.param('name'), 'subdomain', subdomain)).subdomain),
    );
  })
  .get('/scripts/:name/schedules', async (c) =>
    c.json(envelope(shownSchedules(await getWorker(c.env, c.req.param('name'))))),
  )
  .put('/scripts/:name/schedules', async (c) => {
    const given = await readJson(c.req.raw, schedulesSchema, 'SCRIPT_INVALID');
    const now = new Date().toISOString();
    const schedules = given.map(({ cron }) => ({ cron, created_on: now, modified_on: now }));
    return c.json(
      envelope(shownSchedules(await setUnversioned(c.env, c.req.param('name'), 'schedules', schedules))),
    );
  })
  .put('/scripts/:name/routes', async (c) => {
    const { name } = await getWorker(c.env, c.req.param('name'));
    const routes = await readJson(c.req.raw, routesSchema, 'SCRIPT_INVALID');
    return c.json(envelope(await replaceRoutes(c.env, name, routes)));
  });

function shownSchedules({ schedules }: Worker) {
  return { schedules };
}
