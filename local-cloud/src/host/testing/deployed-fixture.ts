/** A Worker that uses every kind of binding an upload can give it. */
export const DEPLOYED_SOURCE = `
import { WorkflowEntrypoint } from 'cloudflare:workers';
import text from './message.txt';

export class Greet extends WorkflowEntrypoint {
  async run(event, step) {
    return await step.do('greet', async () => this.env.GREETING + ' ' + event.payload.name);
  }
}

const routes = {
  vars: (env) => ({ GREETING: env.GREETING, SECRET: env.SECRET ?? null, text }),
  row: async (env) => await env.DB.prepare('SELECT 1 AS one').first(),
  kept: async (env) => await env.DB.prepare('SELECT count(*) AS count FROM kept').first('count'),
  object: async (env) => {
    await env.FILES.put('key', 'stored');
    return await (await env.FILES.get('key')).text();
  },
  dispatch: async (env) => await (await env.DISPATCHER.get('tenant').fetch('http://tenant/')).text(),
  limit: async (env) => [await env.LIMIT.limit({ key: 'a' }), await env.LIMIT.limit({ key: 'a' })],
  begin: async (env) => (await env.GREETINGS.create({ params: { name: 'Ann' } })).id,
  status: async (env, id) => await (await env.GREETINGS.get(id)).status(),
  tick: async (env) => (await (await env.FILES.get('tick'))?.text()) ?? null,
};

export default {
  async fetch(request, env) {
    const [, route, id] = new URL(request.url).pathname.split('/');
    return Response.json(await routes[route](env, id));
  },
  scheduled: async (controller, env) => await env.FILES.put('tick', controller.cron),
};
`;

/** What the Worker is bound to. */
export interface Made {
  database: string;
  zone: string;
  /** Default is 'hello'. */
  greeting?: string;
}

/** Its configuration for wrangler. */
export function deployedConfig({ database, zone, greeting = 'hello' }: Made) {
  return {
    ...{ name: 'shop', main: 'index.js', compatibility_date: '2026-11-01' },
    ...{ workers_dev: false, preview_urls: false },
    vars: { GREETING: greeting },
    d1_databases: [{ binding: 'DB', database_name: 'shop-db', database_id: database }],
    r2_buckets: [{ binding: 'FILES', bucket_name: 'shop-files', jurisdiction: 'eu' }],
    dispatch_namespaces: [{ binding: 'DISPATCHER', namespace: 'tenants' }],
    workflows: [{ binding: 'GREETINGS', name: 'greetings', class_name: 'Greet', jurisdiction: 'eu' }],
    ratelimits: [{ name: 'LIMIT', namespace_id: '1001', simple: { limit: 1, period: 60 } }],
    triggers: { crons: ['*/5 * * * *'] },
    routes: [{ pattern: `shop.${zone}/*`, zone_name: zone }],
  };
}
