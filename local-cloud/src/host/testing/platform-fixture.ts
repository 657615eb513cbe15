import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostedWorker } from '../local-cloud-options.ts';

/** The database the fixture declares. */
export const REGISTRY_ID = '0b5e1a52-7c1f-4d0e-9a64-3f1f6f6d2c11';

const CONFIG = {
  name: 'platform',
  main: 'src/index.ts',
  compatibility_date: '2026-11-01',
  vars: { GREETING: 'from the config', STAGE: 'production' },
  d1_databases: [{ binding: 'REGISTRY', database_name: 'test-registry', database_id: REGISTRY_ID }],
  r2_buckets: [{ binding: 'FILES', bucket_name: 'test-files' }],
  dispatch_namespaces: [{ binding: 'DISPATCHER', namespace: 'tenants' }],
  workflows: [{ binding: 'PROVISION', name: 'provision', class_name: 'Provision' }],
  ratelimits: [{ name: 'SIGNUPS', namespace_id: '1001', simple: { limit: 100, period: 60 } }],
  triggers: { crons: ['*/5 * * * *'] },
};

const SOURCE = `
import { WorkflowEntrypoint, env as importedEnv } from 'cloudflare:workers';
import text from './message.txt';

async function tick(registry, cron) {
  await registry.prepare('CREATE TABLE IF NOT EXISTS ticks (cron TEXT)').run();
  await registry.prepare('INSERT INTO ticks VALUES (?)').bind(cron).run();
}

export class Provision extends WorkflowEntrypoint {
  async run(event, step) {
    return await step.do('call', async () =>
      await (await this.env.DISPATCHER.get(event.payload.script).fetch('http://tenant/from-workflow')).text());
  }
}

const routes = {
  async dispatch(request, env, name) {
    try {
      return await env.DISPATCHER.get(name).fetch(request);
    } catch (error) {
      return new Response(error.name + ': ' + error.message, { status: 500 });
    }
  },
  async imported(request, env, name) {
    return await importedEnv.DISPATCHER.get(name).fetch(request);
  },
  async startWorkflow(request, env, script) {
    return Response.json({ id: (await env.PROVISION.create({ params: { script } })).id });
  },
  async workflow(request, env, id) {
    return Response.json(await (await env.PROVISION.get(id)).status());
  },
  async limit(request, env, key) {
    return Response.json(await env.SIGNUPS.limit({ key }));
  },
  async file(request, env, key) {
    if (request.method === 'PUT') await env.FILES.put(key, request.body);
    return new Response((await env.FILES.get(key))?.body ?? null);
  },
  async vars(request, env) {
    return Response.json({ GREETING: env.GREETING, STAGE: env.STAGE, text });
  },
};

export default {
  async fetch(request, env) {
    const [, route, name] = new URL(request.url).pathname.split('/');
    return await routes[route](request, env, name);
  },
  async scheduled(controller, env) {
    if (controller.cron === 'fail') throw new Error('told to fail');
    await tick(env.REGISTRY, controller.cron);
  },
};
`;

/** Writes a Worker that uses every kind of binding the local cloud hosts, as wrangler would have bundled it. */
export async function writePlatform(dir: string): Promise<HostedWorker> {
  const bundleDir = join(dir, 'dist');
  const configPath = join(dir, 'wrangler.jsonc');
  await mkdir(bundleDir, { recursive: true });
  await writeFile(configPath, JSON.stringify(CONFIG));
  await writeFile(join(bundleDir, 'index.js'), SOURCE);
  await writeFile(join(bundleDir, 'index.js.map'), '{}');
  await writeFile(join(bundleDir, 'message.txt'), 'a text module');
  return {
    name: 'platform',
    port: 0,
    configPath,
    bundleDir,
    vars: { GREETING: 'from the host' },
    rateLimits: { SIGNUPS: { limit: 2, period: 60 } },
  };
}
