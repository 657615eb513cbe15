import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT, callApi, startTestCloud, type TestCloud } from '#local-cloud/host/testing/test-cloud.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(async () => await cloud.stop());

function failure(status: number, code: number, message: string) {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

test.each(['//user/tokens/verify', '/tokens/verify'])('verifies the token at %s', async (path) => {
  expect(await callApi(cloud, 'GET', path)).toEqual({
    status: 200,
    body: { success: true, errors: [], messages: [], result: { id: 'local-token', status: 'active' } },
  });
});

test.each(['//user/tokens/verify', '/d1/database', '//nowhere'])(
  'refuses a bad token at %s',
  async (path) => {
    expect(await callApi(cloud, 'GET', path, undefined, 'wrong')).toEqual(
      failure(401, 10000, 'Authentication error'),
    );
  },
);

test('refuses another account', async () => {
  expect(await callApi(cloud, 'GET', '//accounts/b/d1/database')).toEqual(
    failure(403, 10000, 'Authentication error'),
  );
});

test('lists the one account', async () => {
  const { body } = await callApi(cloud, 'GET', '//accounts');
  expect(body.result).toMatchObject([{ id: ACCOUNT.accountId, name: 'Local cloud' }]);
});

test.each(['//nowhere', '/d1/database/a/b/c', '/workers/dispatch'])('answers 7003 at %s', async (path) => {
  const { status, body } = await callApi(cloud, 'GET', path);
  expect(status).toBe(404);
  expect(body.errors).toEqual([
    {
      code: 7003,
      message: expect.stringMatching(
        /^Could not route to \/client\/v4\/.+, perhaps your object identifier is invalid\?$/,
      ),
    },
  ]);
});

test('answers 10405 to a method a route does not have', async () => {
  expect(await callApi(cloud, 'PUT', '/d1/database')).toEqual(
    failure(405, 10405, 'Method PUT not available for that URI.'),
  );
});

test('refuses malformed JSON', async () => {
  expect(await callApi(cloud, 'POST', '/d1/database', '{')).toEqual(
    failure(400, 10001, 'The request body is not valid JSON.'),
  );
});

test('refuses a malformed form', async () => {
  const form = new Blob(['no form'], { type: 'multipart/form-data; boundary=x' });
  expect(await callApi(cloud, 'PUT', '/workers/dispatch/namespaces/tenants/scripts/a', form)).toEqual(
    failure(400, 10001, 'The request body is not a valid multipart form.'),
  );
});
