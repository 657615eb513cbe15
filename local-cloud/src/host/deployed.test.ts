import { mkdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { LocalCloud } from './local-cloud-options.ts';
import { startLocalCloud } from './start-local-cloud.ts';
import { DEPLOYED_SOURCE, deployedConfig, type Made } from './testing/deployed-fixture.ts';
import { freePort } from './testing/free-port.ts';
import { ACCOUNT, callApi, temporaryFolder, testOptions, upload, ZONES } from './testing/test-cloud.ts';

const SCRIPT = '/workers/scripts/shop';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cloud: LocalCloud;
let project: string;
let port: number;
let made: Made;

beforeAll(async () => {
  port = await freePort();
  folder = await temporaryFolder();
  cloud = await start();
  project = join(folder.path, 'project');
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'index.js'), DEPLOYED_SOURCE);
  await writeFile(join(project, 'message.txt'), 'a text module');
  await create('/workers/dispatch/namespaces', { name: 'tenants' });
  await upload(cloud, 'tenant', `export default { fetch: () => new Response('by a tenant') }`);
  const { uuid } = (await create('/d1/database', { name: 'shop-db', jurisdiction: 'eu' })) as {
    uuid: string;
  };
  await fetch(`${cloud.apiUrl}/accounts/${ACCOUNT.accountId}/r2/buckets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ACCOUNT.apiToken}`, 'cf-r2-jurisdiction': 'eu' },
    body: JSON.stringify({ name: 'shop-files' }),
  });
  made = { database: uuid, zone: ZONES[0].name };
});
afterAll(async () => {
  await cloud?.stop();
  await folder?.remove();
});

async function start(): Promise<LocalCloud> {
  const options = await testOptions(folder.path);
  return await startLocalCloud({
    ...options,
    workers: [],
    cronEveryMs: 50,
    deployed: [{ name: 'shop', port }],
  });
}

async function create(path: string, body: unknown): Promise<unknown> {
  return (await callApi(cloud, 'POST', path, JSON.stringify(body))).body.result;
}

async function deploy(config: Record<string, unknown>): Promise<string> {
  await writeFile(join(project, 'wrangler.json'), JSON.stringify(config));
  const { all } = await execa({
    cwd: project,
    preferLocal: true,
    localDir: import.meta.dirname,
    all: true,
    reject: false,
    env: {
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: join(project, 'logs'),
      CLOUDFLARE_API_BASE_URL: cloud.apiUrl,
      CLOUDFLARE_API_TOKEN: ACCOUNT.apiToken,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT.accountId,
    },
  })`wrangler deploy`;
  return all;
}

/** What the deployed Worker answers. */
async function ask(route: string): Promise<unknown> {
  return await (await fetch(`${cloud.workers.shop?.url}/${route}`)).json();
}

/** What it answers to a request for a host: fetch lets nobody choose one. */
async function statusFor(host: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const sent = get({ host: '127.0.0.1', port, path: '/vars', headers: { host } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject);
  });
}

async function putSecret(name: string, text: string) {
  return await callApi(
    cloud,
    'PUT',
    `${SCRIPT}/secrets`,
    JSON.stringify({ name, text, type: 'secret_text' }),
  );
}

test('wrangler deploys an ordinary Worker, which runs with all its bindings when wrangler is done', async () => {
  const said = await deploy(deployedConfig(made));
  expect(said).toContain('Uploaded shop');
  for (const trigger of ['shop.platform.dev/*', 'schedule: */5 * * * *', 'workflow: greetings']) {
    expect(said).toContain(trigger);
  }
  expect(await ask('vars')).toStrictEqual({ GREETING: 'hello', SECRET: null, text: 'a text module' });
  expect(await ask('row')).toStrictEqual({ one: 1 });
  expect(await ask('object')).toBe('stored');
  expect(await ask('dispatch')).toBe('by a tenant');
  expect(await ask('limit')).toStrictEqual([{ success: true }, { success: false }]);
  const id = await ask('begin');
  await vi.waitFor(async () => expect(await ask(`status/${id}`)).toMatchObject({ output: 'hello Ann' }));
  await vi.waitFor(async () => expect(await ask('tick')).toBe('*/5 * * * *'));
});

test('what wrangler made beside the upload is listed', async () => {
  const routes = await callApi(cloud, 'GET', `//zones/${ZONES[0].id}/workers/routes`);
  expect(routes.body.result).toMatchObject([{ pattern: 'shop.platform.dev/*', script: 'shop' }]);
  const schedules = await callApi(cloud, 'GET', `${SCRIPT}/schedules`);
  expect(schedules.body.result).toMatchObject({ schedules: [{ cron: '*/5 * * * *' }] });
  const workflow = await callApi(cloud, 'GET', '/workflows/greetings');
  expect(workflow.body.result).toMatchObject({
    ...{ script_name: 'shop', class_name: 'Greet', jurisdiction: 'eu' },
  });
  const unknown = await callApi(cloud, 'GET', '/workflows/unknown');
  expect([unknown.status, unknown.body.errors[0]?.code]).toStrictEqual([404, 10200]);
});

test('a secret is in force when the call returns, and never shown', async () => {
  const answer = await putSecret('SECRET', 'a secret');
  expect(answer.body.result).toStrictEqual({ type: 'secret_text', name: 'SECRET' });
  expect(await ask('vars')).toMatchObject({ SECRET: 'a secret' });
  const settings = await callApi(cloud, 'GET', `${SCRIPT}/settings`);
  expect(JSON.stringify(settings.body)).not.toContain('a secret');
  const taken = await putSecret('GREETING', 'a secret');
  expect([taken.status, taken.body.errors[0]?.code]).toStrictEqual([400, 10053]);
});

test('wrangler deploys it anew, by a version and a deployment, and its secrets stay', async () => {
  const before = await callApi(cloud, 'GET', `${SCRIPT}/deployments`);
  expect(await deploy(deployedConfig({ ...made, greeting: 'good day' }))).toContain('Uploaded shop');
  expect(await ask('vars')).toMatchObject({ GREETING: 'good day', SECRET: 'a secret' });
  const after = await callApi(cloud, 'GET', `${SCRIPT}/deployments`);
  expect(after.body.result).not.toStrictEqual(before.body.result);
});

test('a binding to what is not there is refused, and the old version stays', async () => {
  const config = deployedConfig(made);
  const elsewhere = {
    ...config,
    r2_buckets: [{ binding: 'FILES', bucket_name: 'shop-files', jurisdiction: 'us' }],
  };
  // Wrangler would make the bucket; a version uploaded without it is refused.
  const form = new FormData();
  const bindings = [{ type: 'r2_bucket', name: 'FILES', ...elsewhere.r2_buckets[0] }];
  form.set(
    'metadata',
    JSON.stringify({ main_module: 'index.js', compatibility_date: '2026-11-01', bindings }),
  );
  form.set(
    'index.js',
    new File(['export default {}'], 'index.js', { type: 'application/javascript+module' }),
  );
  const refused = await callApi(cloud, 'PUT', SCRIPT, form);
  expect([refused.status, refused.body.errors[0]?.code]).toStrictEqual([400, 10085]);
  expect(await ask('vars')).toMatchObject({ GREETING: 'good day' });
});

test('a Workflow stays in the jurisdiction that it was made in', async () => {
  const put = (jurisdiction?: string) => {
    const body = JSON.stringify({ script_name: 'shop', class_name: 'Greet', jurisdiction });
    return callApi(cloud, 'PUT', '/workflows/greetings', body);
  };
  expect((await put()).body.result).toMatchObject({ jurisdiction: 'eu' });
  const moved = await put('us');
  expect([moved.status, moved.body.errors[0]?.code]).toStrictEqual([400, 10209]);
});

test('a host leads to it by the most exact route for it, and nowhere by one without a Worker', async () => {
  const bypass = `//zones/${ZONES[0].id}/workers/routes`;
  await callApi(cloud, 'PUT', `${SCRIPT}/routes`, JSON.stringify([{ pattern: '*/*', zone_id: ZONES[0].id }]));
  expect(await statusFor('www.platform.dev')).toBe(200);
  expect((await callApi(cloud, 'POST', bypass, '{"pattern":"*.platform.dev/*"}')).status).toBe(200);
  expect(await statusFor('www.platform.dev')).toBe(530);
  expect(await statusFor('shop.hart.dev')).toBe(530);
  await create(`//zones/${ZONES[0].id}/custom_hostnames`, { hostname: 'shop.hart.dev' });
  expect(await statusFor('shop.hart.dev')).toBe(200);
  expect(await statusFor('localhost')).toBe(200);
  const { result } = (await callApi(cloud, 'GET', bypass)).body;
  expect(result).toMatchObject([{ pattern: '*.platform.dev/*' }, { pattern: '*/*', script: 'shop' }]);
  expect(Object(result)[0]).not.toHaveProperty('script');
  await callApi(cloud, 'PUT', `${SCRIPT}/routes`, JSON.stringify([{ pattern: 'shop.platform.dev/*' }]));
});

test('a route that another Worker has is refused', async () => {
  const form = new FormData();
  form.set('metadata', JSON.stringify({ main_module: 'index.js', compatibility_date: '2026-11-01' }));
  const source = 'export default { fetch: () => new Response() }';
  form.set('index.js', new File([source], 'index.js', { type: 'application/javascript+module' }));
  expect((await callApi(cloud, 'PUT', '/workers/scripts/other', form)).status).toBe(200);
  const routes = JSON.stringify([{ pattern: 'shop.platform.dev/*' }]);
  const refused = await callApi(cloud, 'PUT', '/workers/scripts/other/routes', routes);
  expect([refused.status, refused.body.errors[0]?.code]).toStrictEqual([409, 10020]);
});

test('a Worker of nobody answers as Cloudflare does', async () => {
  for (const [path, code] of [
    ['/workers/scripts/nobody/settings', 10007],
    ['/workers/scripts/nobody/secrets', 10007],
    ['/workers/services/nobody', 10090],
  ] as const) {
    const answer = await callApi(cloud, 'GET', path);
    expect([path, answer.status, answer.body.errors[0]?.code]).toStrictEqual([path, 404, code]);
  }
  expect((await callApi(cloud, 'GET', '//local-cloud/deployed')).status).toBe(404);
});

test('a restored database is what the Worker reads at once', async () => {
  const query = (sql: string) =>
    callApi(cloud, 'POST', `/d1/database/${made.database}/query`, JSON.stringify({ sql }));
  await query('CREATE TABLE kept (a)');
  const bookmark = await callApi(cloud, 'GET', `/d1/database/${made.database}/time_travel/bookmark`);
  await query('INSERT INTO kept VALUES (1)');
  expect(await ask('kept')).toBe(1);
  const target = (bookmark.body.result as { bookmark: string }).bookmark;
  const restored = await callApi(
    cloud,
    'POST',
    `/d1/database/${made.database}/time_travel/restore?bookmark=${target}`,
  );
  expect(restored.status).toBe(200);
  expect(await ask('kept')).toBe(0);
});

test('it runs again, with its secrets, when the cloud is started anew', async () => {
  await cloud.stop();
  cloud = await start();
  expect(await ask('vars')).toMatchObject({ GREETING: 'good day', SECRET: 'a secret' });
});
