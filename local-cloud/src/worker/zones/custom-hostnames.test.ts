import { get } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import {
  ACCOUNT,
  callApi,
  sdk,
  startTestCloud,
  type TestCloud,
  ZONES,
} from '#local-cloud/host/testing/test-cloud.ts';

const [{ id: zone_id }, { id: OTHER_ZONE }] = ZONES;
const SSL = { method: 'txt', type: 'dv' } as const;
const PATH = `//zones/${zone_id}/custom_hostnames`;

let cloud: TestCloud;
let control: CloudControl;
let client: ReturnType<typeof sdk>;

beforeAll(async () => {
  cloud = await startTestCloud({ faults: {} });
  control = new CloudControl(cloud, ACCOUNT);
  client = sdk(cloud);
});
afterAll(async () => await cloud.stop());
beforeEach(async () => await control.removeFaults());

const create = (hostname: string) => client.customHostnames.create({ zone_id, hostname, ssl: SSL });
const read = (id: string) => client.customHostnames.get(id, { zone_id });

/** What the platform answers to a request for a host: fetch lets nobody choose one. */
async function answerFor(host: string): Promise<number | undefined> {
  const { port } = new URL(cloud.workers.platform?.url ?? '');
  return await new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/vars', headers: { host } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject);
  });
}

test('the zones of the options are listed, and found by name', async () => {
  const { result } = await client.zones.list({ name: 'platform.dev' });
  expect(result).toMatchObject([{ id: zone_id, name: 'platform.dev', account: { id: ACCOUNT.accountId } }]);
  expect(await client.zones.get({ zone_id })).toMatchObject({ name: 'platform.dev', status: 'active' });
});

test('a custom hostname is pending when it is made, and active when it is read', async () => {
  const created = await create('WWW.Hart-Law.co.uk');
  expect(created).toMatchObject({
    hostname: 'www.hart-law.co.uk',
    status: 'pending',
    ownership_verification: { type: 'txt', name: '_cf-custom-hostname.www.hart-law.co.uk' },
    ssl: { ...SSL, status: 'pending_validation' },
  });
  const found = await read(created.id);
  expect(found).toMatchObject({ id: created.id, status: 'active', ssl: { ...SSL, status: 'active' } });
  expect(found).not.toHaveProperty('ownership_verification');
});

test('a custom hostname can be had without a certificate', async () => {
  const { status, body } = await callApi(cloud, 'POST', PATH, '{"hostname":"plain.hart.dev"}');
  expect(status).toBe(201);
  expect(body.result).not.toHaveProperty('ssl');
});

test('an unverified one stays pending until it is verified, and its host leads nowhere before', async () => {
  await control.addFault({ kind: 'unverified', method: 'POST' });
  const { id } = await create('slow.hart.dev');
  expect(await read(id)).toMatchObject({
    status: 'pending',
    verification_errors: ['custom hostname does not CNAME to this zone.'],
  });
  expect(await answerFor('slow.hart.dev')).toBe(530);
  await control.verifyHostname('slow.hart.dev');
  expect(await read(id)).toMatchObject({ status: 'active' });
  expect(await answerFor('slow.hart.dev')).toBe(200);
});

test('an unverified one can be verified after a while', async () => {
  await control.addFault({ kind: 'unverified', method: 'POST', ms: 60_000 });
  const { id } = await create('later.hart.dev');
  expect(await read(id)).toMatchObject({ status: 'pending' });
  await control.advanceClock(60_001);
  expect(await read(id)).toMatchObject({ status: 'active' });
});

test('a deleted one leads nowhere, and its name is free', async () => {
  const { id } = await create('gone.hart.dev');
  expect(await answerFor('gone.hart.dev:8787')).toBe(200);
  expect(await client.customHostnames.delete(id, { zone_id })).toEqual({ id });
  expect(await answerFor('gone.hart.dev')).toBe(530);
  expect(await create('gone.hart.dev')).toMatchObject({ hostname: 'gone.hart.dev' });
});

test.each(['localhost', 'acme.localhost', '127.0.0.1', 'platform.dev', 'acme.platform.dev'])(
  'a request for %s needs no custom hostname',
  async (host) => expect(await answerFor(host)).toBe(200),
);

test('a hostname of another zone leads nowhere', async () => {
  await client.customHostnames.create({ zone_id: OTHER_ZONE, hostname: 'elsewhere.hart.dev', ssl: SSL });
  expect(await answerFor('elsewhere.hart.dev')).toBe(530);
});

test('lists by name and status, in pages', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await create(`${name}.list.dev`);
  const names = async (hostname: Record<string, string>, rest = {}) => {
    const found: string[] = [];
    for await (const one of client.customHostnames.list({ zone_id, hostname, ...rest }))
      found.push(one.hostname);
    return found;
  };
  expect(await names({ exact: 'b.list.dev' })).toEqual(['b.list.dev']);
  expect(await names({ exact: 'list.dev' })).toEqual([]);
  expect(await names({ startsWith: 'c.l' })).toEqual(['c.list.dev']);
  expect(await names({ contain: '.list.' }, { per_page: 5 })).toHaveLength(7);
  expect(await names({ contain: '.list.' }, { hostname_status: 'pending' })).toEqual([]);
  const { result_info } = await client.customHostnames.list({
    ...{ zone_id, per_page: 5, page: 2 },
    hostname: { contain: '.list.' },
  });
  expect(result_info).toEqual({ page: 2, per_page: 5, count: 2, total_count: 7 });
});

test('a change keeps what it does not name', async () => {
  const { id } = await create('changed.hart.dev');
  const metadata = { zone_id, custom_metadata: { account: '1' } };
  expect(await client.customHostnames.edit(id, metadata)).toMatchObject({
    custom_metadata: { account: '1' },
    ssl: SSL,
  });
  const ssl = { method: 'http', type: 'dv' } as const;
  expect(await client.customHostnames.edit(id, { zone_id, ssl })).toMatchObject({
    custom_metadata: { account: '1' },
    ssl,
  });
  expect((await callApi(cloud, 'PATCH', `${PATH}/${id}`, '{}')).status).toBe(202);
});

describe('refuses', () => {
  test('a name that is taken, in whichever zone', async () => {
    await create('taken.hart.dev');
    for (const zone of [zone_id, OTHER_ZONE]) {
      const body = JSON.stringify({ hostname: 'Taken.hart.dev', ssl: SSL });
      const answer = await callApi(cloud, 'POST', `//zones/${zone}/custom_hostnames`, body);
      expect({ status: answer.status, errors: answer.body.errors }).toEqual({
        status: 409,
        errors: [{ code: 1406, message: 'Duplicate custom hostname found.' }],
      });
    }
  });

  test.each([
    [{}, 1400],
    [{ hostname: 'a b.dev' }, 1407],
    [{ hostname: '*.hart.dev' }, 1407],
    [{ hostname: '10.0.0.1' }, 1407],
    [{ hostname: `${'a.'.repeat(130)}dev` }, 1407],
    [{ hostname: 'hart' }, 1407],
    [{ hostname: 'härt.dev' }, 1408],
    [{ hostname: 'hart.localhost' }, 1409],
    [{ hostname: 'www.example.com' }, 1411],
    [{ hostname: 'ssl.hart.dev', ssl: { method: 'carrier', type: 'dv' } }, 1432],
    [{ hostname: 'ssl.hart.dev', ssl: { method: 'txt', type: 'ov' } }, 1433],
    [{ hostname: 'ssl.hart.dev', ssl: 'yes' }, 1434],
    [{ hostname: 'ssl.hart.dev', ssl: { method: 'txt' } }, 1440],
  ])('to create %j', async (body, code) => {
    const answer = await callApi(cloud, 'POST', PATH, JSON.stringify(body));
    expect({ status: answer.status, code: answer.body.errors[0]?.code }).toEqual({ status: 400, code });
  });

  test.each(['GET', 'PATCH', 'DELETE'])('to %s what is not there, or in another zone', async (method) => {
    const { id } = await create(`${method}.absent.dev`);
    for (const path of [`${PATH}/${crypto.randomUUID()}`, `//zones/${OTHER_ZONE}/custom_hostnames/${id}`]) {
      const answer = await callApi(cloud, method, path, method === 'PATCH' ? '{}' : undefined);
      expect({ status: answer.status, errors: answer.body.errors }).toEqual({
        status: 404,
        errors: [{ code: 1436, message: 'The custom hostname was not found.' }],
      });
    }
  });

  test('an unknown zone', async () => {
    for (const path of ['//zones/none', '//zones/none/custom_hostnames']) {
      const answer = await callApi(cloud, 'GET', path);
      expect({ status: answer.status, code: answer.body.errors[0]?.code }).toEqual({
        status: 404,
        code: 7003,
      });
    }
  });
});

describe('the fallback origin of a zone', () => {
  const FALLBACK = `${PATH}/fallback_origin`;
  const set = (origin: string) => callApi(cloud, 'PUT', FALLBACK, JSON.stringify({ origin }));

  test('is not there until it is set, on its way in the answer that sets it, and active from then on', async () => {
    const none = await callApi(cloud, 'GET', FALLBACK);
    expect([none.status, none.body.errors[0]?.code]).toStrictEqual([404, 1551]);
    expect((await set('first.platform.dev')).body.result).toMatchObject({ status: 'initializing' });
    expect((await set('service.platform.dev')).status).toBe(200);
    const found = await callApi(cloud, 'GET', FALLBACK);
    expect(found.body.result).toMatchObject({ origin: 'service.platform.dev', status: 'active' });
    const other = await callApi(cloud, 'GET', `//zones/${OTHER_ZONE}/custom_hostnames/fallback_origin`);
    expect(other.status).toBe(404);
  });

  test('is pending, and says why, where its DNS is not set up', async () => {
    await control.addFault({ kind: 'unverified', method: 'PUT' });
    await set('service.platform.dev');
    expect((await callApi(cloud, 'GET', FALLBACK)).body.result).toMatchObject({
      status: 'pending_deployment',
      errors: [expect.stringMatching(/^DNS records are not setup correctly/)],
    });
  });
});
