import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { poolSchema } from '#shared-schema/stacks/pool.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { landscape, resourceNames } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, logIn } from './support/open-account.ts';
import { send } from './support/send.ts';
import { accepted, sendSignup, signupBody, untilActive } from './support/sign-up.ts';

const SIZE = 3;
const poolsSchema = z.object({ data: z.tuple([poolSchema]) });

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let control: CloudControl;

beforeAll(async () => {
  platform = await startTestPlatform({ faults: {}, vars: { POOL_SIZES: JSON.stringify({ eu: SIZE }) } });
  control = new CloudControl(platform.cloud, { apiToken: platform.instance.cloudflare_api_token });
});
afterAll(() => platform?.stop());

async function readPool() {
  const { url, admin_token: token } = platform.instance;
  return poolsSchema.parse((await send(`${url}/admin/pool`, { token })).body).data[0];
}

const FULL = { residency: 'eu', size: SIZE, ready: SIZE, building: 0, stale: 0 } as const;
const untilFull = () => expect.poll(readPool, { timeout: 60_000, interval: 100 }).toStrictEqual(FULL);

async function fill() {
  const { url, admin_token: token } = platform.instance;
  return send(`${url}/admin/pool/fill`, { method: 'POST', token, json: {} });
}

describe('the pool', () => {
  test('is filled when the platform starts', async () => {
    await untilFull();
  });

  test('does not grow past its size, however many fill it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, fill));
    for (const answer of answers) expect(answer.body).toStrictEqual({ data: [FULL] });
    expect((await landscape(platform.instance)).stacks).toHaveLength(SIZE);
  });
});

describe('a signup', () => {
  test('gets a stack that is ready, without a Cloudflare API call, and is active in the answer', async () => {
    await untilFull();
    const { stacks } = await landscape(platform.instance);
    const ready = stacks.map(({ id }) => id);
    // What the pool is filled with again is held back until the signup is served.
    const held = await control.addFault({
      kind: 'hold-before',
      method: 'POST',
      path: '/d1/database',
      count: 100,
    });
    await control.clearCalls();

    const answer = await sendSignup(platform.instance, signupBody('warm'));

    expect(answer.status, answer.text).toBe(201);
    const { account, operation } = accepted(answer);
    expect(account.status).toBe('active');
    expect(operation.status).toBe('succeeded');
    await Promise.all(ADDRESS_FORMS.map((form) => logIn(platform.instance, 'warm', form)));
    const after = await landscape(platform.instance);
    expect(ready).toContain(after.stacks.find(({ account_id }) => account_id === account.id)?.id);
    const calls = await control.apiCalls();
    expect(calls.filter((call) => call.startsWith('PUT /workers/'))).toStrictEqual([]);
    await control.releaseFault(held);
    await untilFull();
  });

  test('is answered again as it was under its idempotency key', async () => {
    await untilFull();
    const headers = { 'idempotency-key': 'warm-once' };
    const first = await sendSignup(platform.instance, signupBody('warm-twice'), headers);
    const again = await sendSignup(platform.instance, signupBody('warm-twice'), headers);
    expect(first.status).toBe(201);
    expect([again.status, again.text]).toStrictEqual([first.status, first.text]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('finds the pool empty and has a stack made', async () => {
    await untilFull();
    const signups = Array.from({ length: SIZE * 3 }, async (_, number) => {
      const answer = await sendSignup(platform.instance, signupBody(`many-${number}`));
      await untilActive(platform.instance, accepted(answer));
      return answer.status;
    });
    const statuses = await Promise.all(signups);
    expect(statuses).toContain(201);
    expect(statuses).toContain(202);
    await untilFull();
    const all = await landscape(platform.instance);
    const owners = all.stacks.flatMap(({ account_id }) => account_id ?? []);
    expect(new Set(owners).size).toBe(owners.length);
    expect(owners.sort()).toStrictEqual(all.accounts.map(({ id }) => id).sort());
    expect(all.databases.map(({ name }) => name).sort()).toStrictEqual(resourceNames(all));
    expect(all.scripts.map(({ id }) => id).sort()).toStrictEqual(resourceNames(all));
  });
});

test('a stack with an older release is brought up to date before it is claimed', async () => {
  await untilFull();
  const { url, admin_token: token } = platform.instance;
  const built = await buildRelease();
  const modules = built.modules.map((module) =>
    module.name === built.main_module ? { ...module, content: `${module.content}\n// newer` } : module,
  );
  const json = { ...built, modules };
  const published = await send(`${url}/admin/releases`, { method: 'POST', token, json });
  expect(published.status, published.text).toBeLessThan(300);
  const release = Object(published.body).id;
  const claimed = accepted(await sendSignup(platform.instance, signupBody('newest')));
  expect((await untilActive(platform.instance, claimed)).release).toBe(release);
  await untilFull();
  const { stacks } = await landscape(platform.instance);
  const pooled = stacks.filter(({ account_id }) => account_id === null);
  expect(new Set(pooled.map(({ observed_release_id }) => observed_release_id))).toStrictEqual(
    new Set([release]),
  );
});

test('a stack that could not be made keeps its place, and is tried again', async () => {
  await untilFull();
  await control.addFault({ kind: 'fail-before', on: 'api', method: 'PUT', status: 400, code: 10021 });
  accepted(await sendSignup(platform.instance, signupBody('leaves-room')));
  const failed = async () =>
    (await landscape(platform.instance)).operations.filter(({ status }) => status === 'failed').length;
  await expect.poll(failed, { timeout: 30_000, interval: 100 }).toBe(1);
  const shortOne = { ...FULL, ready: SIZE - 1, building: 1 };
  await fill();
  expect(await readPool()).toStrictEqual(shortOne);
  const cloud = new CloudApi(platform.instance);
  await cloud.query(REGISTRY_ID, `UPDATE operations SET finished_at = 0 WHERE status = 'failed'`);
  await vi.waitUntil(async () => (await fill()).status === 200 && (await readPool()).ready === SIZE, 50_000);
});
