import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { ACCOUNT, callApi, startTestCloud, type TestCloud } from '#local-cloud/host/testing/test-cloud.ts';

const HEADERS = { authorization: `Bearer ${ACCOUNT.apiToken}` };

async function ask(url: string, method: string, body?: unknown, headers = HEADERS) {
  const response = await fetch(url, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

function refusal(status: number, code: number, message: string) {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

describe('with faults', () => {
  let cloud: TestCloud;
  let control: CloudControl;

  beforeAll(async () => {
    const rules = [{ kind: 'fail-before', path: '/accounts' } as const];
    cloud = await startTestCloud({ faults: { rules, quota: { limit: 100, window_ms: 1_000 } } });
    control = new CloudControl(cloud, ACCOUNT);
  });
  afterAll(async () => await cloud.stop());

  test('what the options ask for is in force from the first call on, and the host’s own calls are none', async () => {
    expect(await control.calls()).toEqual([]);
    expect((await callApi(cloud, 'GET', '//accounts')).status).toBe(500);
    expect(await control.calls()).toMatchObject([{ path: '/accounts', faults: ['fail-before'] }]);
  });

  test('a fault is shown with what it was asked for and how many calls met it', async () => {
    const url = `${cloud.controlUrl}/faults`;
    const { status, body } = await ask(url, 'POST', { kind: 'delay', ms: 1, path: '/user' });
    const shown = { kind: 'delay', ms: 1, path: '/user', skip: 0, count: 1, met: 0, released: false };
    expect({ status, body }).toEqual({ status: 201, body: { id: expect.any(String), ...shown } });
    await callApi(cloud, 'GET', '//user');
    expect(await ask(`${url}/${body.id}`, 'GET')).toMatchObject({ status: 200, body: { met: 1 } });
    expect((await ask(`${url}/${body.id}`, 'DELETE')).status).toBe(204);
    expect(await ask(`${url}/${body.id}`, 'GET')).toEqual(refusal(404, 2, `There is no fault ${body.id}.`));
  });

  test.each([
    ['faults', 'POST', { kind: 'explode' }, expect.stringMatching(/^kind: Invalid discriminator value\./)],
    ['faults', 'POST', { kind: 'delay' }, 'ms: Invalid input: expected number, received undefined'],
    ['faults', 'POST', { kind: 'drop-after', colour: 1 }, 'Unrecognized key: "colour"'],
    ['faults', 'POST', { kind: 'drop-after', count: 0 }, 'count: Too small: expected number to be >=1'],
    [
      'faults',
      'POST',
      { kind: 'drop-after', path: '/(' },
      'path: Invalid pattern: write it as the pathname of a URLPattern',
    ],
    ['faults', 'POST', { kind: 'fail-after', status: 200 }, 'status: Too small: expected number to be >=400'],
    ['quota', 'PUT', { limit: 0 }, 'limit: Too small: expected number to be >=1'],
    ['clock', 'POST', { advance_ms: -1 }, 'advance_ms: Too small: expected number to be >=0'],
  ])('refuses %s %s of %j', async (path, method, body, message) => {
    expect(await ask(`${cloud.controlUrl}/${path}`, method, body)).toEqual(refusal(400, 1, message));
  });

  test('refuses a bad token, and what is not there', async () => {
    const stranger = await ask(`${cloud.controlUrl}/calls`, 'GET', undefined, { authorization: 'Bearer x' });
    expect(stranger).toEqual(refusal(401, 10000, 'Authentication error'));
    expect(await ask(`${cloud.controlUrl}/nothing`, 'GET')).toEqual(
      refusal(404, 2, 'There is no GET /local-cloud/nothing.'),
    );
  });

  test('control is neither logged nor counted nor failed', async () => {
    await control.addFault({ kind: 'fail-before', count: null });
    await control.clearCalls();
    expect(await control.calls()).toEqual([]);
    await control.removeFaults();
  });
});

describe('without faults', () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    cloud = await startTestCloud();
  });
  afterAll(async () => await cloud.stop());

  test('there is nothing to control', async () => {
    expect(cloud.controlUrl).toBeUndefined();
    const { status, body } = await ask(`${new URL(cloud.apiUrl).origin}/local-cloud/calls`, 'GET');
    expect({ status, code: body.errors[0].code }).toEqual({ status: 404, code: 7003 });
    expect(() => new CloudControl(cloud, ACCOUNT)).toThrow('The local cloud was started without faults.');
  });
});
