import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CloudControl } from './cloud-control.ts';
import { freePort } from './testing/free-port.ts';
import { ACCOUNT, callApi, startTestCloud, type TestCloud, upload, ZONES } from './testing/test-cloud.ts';

const SOURCE = `
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
  object: async (env) => {
    await env.FILES.put('key', 'stored');
    return await (await env.FILES.get('key')).text();
  },
  dispatch: async (env) => await (await env.DISPATCHER.get('tenant').fetch('http://tenant/')).text(),
  limit: async (env) => [await env.LIMIT.limit({ key: 'a' }), await env.LIMIT.limit({ key: 'a' })],
  begin: async (env) => (await env.GREETINGS.create({ params: { name: 'Ann' } })).id,
  ticks: async (env) => await env.FILES.get('tick').then((tick) => tick?.text() ?? null),
};

export default {
  fetch: async (request, env) => Response.json(await routes[new URL(request.url).pathname.slice(1)](env)),
  scheduled: async (controller, env) => await env.FILES.put('tick', controller.cron),
};
`;

let cloud: TestCloud;
let project: string;

beforeAll(async () => {
  cloud = await startTestCloud({
    workers: [],
    faults: {},
    deployed: [{ name: 'shop', port: await freePort() }],
  });
  project = join(cloud.folder, 'project');
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'index.js'), SOURCE);
  await writeFile(join(project, 'message.txt'), 'a text module');
});
afterAll(async () => await cloud?.stop());

async function deploy(config: Record<string, unknown>): Promise<string> {
  const all = {
    name: 'shop',
    main: 'index.js',
    compatibility_date: '2026-11-01',
    workers_dev: false,
    preview_urls: false,
    ...config,
  };
  await writeFile(join(project, 'wrangler.json'), JSON.stringify(all));
  const { stdout } = await execa({
    cwd: project,
    preferLocal: true,
    localDir: import.meta.dirname,
    env: {
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: join(project, 'logs'),
      CLOUDFLARE_API_BASE_URL: cloud.apiUrl,
      CLOUDFLARE_API_TOKEN: ACCOUNT.apiToken,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT.accountId,
    },
  })`wrangler deploy`;
  return stdout;
}

test('x', async () => {
  await callApi(cloud, 'POST', '/workers/dispatch/namespaces', JSON.stringify({ name: 'tenants' }));
  await upload(cloud, 'tenant', `export default { fetch: () => new Response('by a tenant') }`);
  const made = await callApi(
    cloud,
    'POST',
    '/d1/database',
    JSON.stringify({ name: 'shop-db', jurisdiction: 'eu' }),
  );
  const bucket = await fetch(`${cloud.apiUrl}/accounts/${ACCOUNT.accountId}/r2/buckets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ACCOUNT.apiToken}`, 'cf-r2-jurisdiction': 'eu' },
    body: JSON.stringify({ name: 'shop-files' }),
  });
  console.log(made.body, await bucket.json());
  const config = {
    vars: { GREETING: 'hello' },
    d1_databases: [
      { binding: 'DB', database_name: 'shop-db', database_id: (made.body.result as { uuid: string }).uuid },
    ],
    r2_buckets: [{ binding: 'FILES', bucket_name: 'shop-files', jurisdiction: 'eu' }],
    dispatch_namespaces: [{ binding: 'DISPATCHER', namespace: 'tenants' }],
    workflows: [{ binding: 'GREETINGS', name: 'greetings', class_name: 'Greet' }],
    ratelimits: [{ name: 'LIMIT', namespace_id: '1001', simple: { limit: 1, period: 60 } }],
    triggers: { crons: ['*/5 * * * *'] },
    routes: [{ pattern: 'shop.platform.dev/*', zone_name: ZONES[0].name }],
  };
  const control = new CloudControl(cloud, ACCOUNT);
  const run = async () => {
    await deploy(config).then(console.log, (e) => console.log(e.stdout, e.stderr));
    console.log((await control.apiCalls()).join('\n'));
    await control.clearCalls();
  };
  await run();
  await run();
  for (const path of ['vars', 'row', 'object', 'dispatch', 'limit', 'begin']) {
    console.log(path, await (await fetch(`${cloud.workers.shop?.url}/${path}`)).text());
  }
  expect(1).toBe(1);
});
