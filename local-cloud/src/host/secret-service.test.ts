import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startLocalCloud } from './start-local-cloud.ts';
import { writePlatform } from './testing/platform-fixture.ts';
import { callApi, temporaryFolder, testOptions } from './testing/test-cloud.ts';

test('a secret of a hosted Worker is handed to its host, and of no other', async () => {
  const folder = await temporaryFolder();
  const taken: string[][] = [];
  const hosted = await writePlatform(join(folder.path, 'hosted'));
  const onSecret = async (...secret: string[]) => void taken.push(secret);
  const options = await testOptions(folder.path);
  const cloud = await startLocalCloud({ ...options, workers: [{ ...hosted, onSecret }] });
  const put = (worker: string, secret: object) =>
    callApi(cloud, 'PUT', `/workers/scripts/${worker}/secrets`, JSON.stringify(secret));
  const secret = { name: 'KEY', text: 'value', type: 'secret_text' };

  expect(await put(hosted.name, secret)).toMatchObject({
    status: 200,
    body: { success: true, result: { name: 'KEY', type: 'secret_text' } },
  });
  expect(await put('other', secret)).toMatchObject({ status: 404, body: { errors: [{ code: 10007 }] } });
  expect((await put(hosted.name, { name: 'KEY' })).status).toBe(400);
  expect(taken).toStrictEqual([['KEY', 'value']]);
  await cloud.stop();
  await folder.remove();
});
