import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ACCOUNT,
  callPlatform,
  dispatch,
  sdk,
  startTestCloud,
  type TestCloud,
  upload,
} from '#local-cloud/host/testing/test-cloud.ts';

/** Longer than the runtime keeps an object that nobody asks. */
const LONG_MS = 13_000;
/** Longer than an isolate is kept that nobody asks. */
const IDLE_MS = 45_000;
const ASKED_MOST = 3;
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(async () => await cloud.stop());

const idle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.concurrent('an isolate that nobody asks is let go, and comes again when it is asked', async () => {
  await upload(
    cloud,
    'counts',
    'let asked = 0; export default { fetch: () => new Response(String(++asked)) }',
  );
  expect([await dispatch(cloud, 'counts'), await dispatch(cloud, 'counts')]).toEqual(['1', '2']);
  let answer = '';
  for (let times = 1; times <= ASKED_MOST && answer !== '1'; times += 1) {
    await idle(times * IDLE_MS);
    answer = await dispatch(cloud, 'counts');
  }
  expect(answer).toBe('1');
}, 300_000);

test.concurrent('an answer that is still being sent keeps its isolate', async () => {
  const source = `export default { fetch: () => new Response(new ReadableStream({
    async pull(controller) {
      await scheduler.wait(${LONG_MS});
      controller.enqueue(new TextEncoder().encode('late'));
      controller.close();
    } })) }`;
  await upload(cloud, 'streams', source);
  expect(await dispatch(cloud, 'streams')).toBe('late');
}, 60_000);

test.concurrent('work after an answer keeps its isolate', async ({ expect }) => {
  const source = `export default { async fetch(request, env, ctx) {
    if (request.method === 'GET') return new Response((await env.DB.prepare('SELECT text FROM done').first('text')) ?? 'not yet');
    await env.DB.exec('CREATE TABLE done (text TEXT)');
    ctx.waitUntil(scheduler.wait(${LONG_MS}).then(() => env.DB.prepare("INSERT INTO done VALUES ('done')").run()));
    return new Response('begun');
  } }`;
  const database = await sdk(cloud).d1.database.create({ account_id: ACCOUNT.accountId, name: 'work-after' });
  await upload(cloud, 'works', source, { bindings: [{ type: 'd1', name: 'DB', id: database.uuid }] });
  expect(await (await callPlatform(cloud, '/dispatch/works', { method: 'POST' })).text()).toBe('begun');
  await idle(LONG_MS);
  await expect.poll(() => dispatch(cloud, 'works'), { timeout: LONG_MS }).toBe('done');
}, 60_000);
