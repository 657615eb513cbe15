import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { dispatch, temporaryFolder, testOptions, upload } from '#local-cloud/host/testing/test-cloud.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => await folder.remove());

/** How many contents lie in the bucket of modules. */
async function contents(): Promise<number> {
  const files = await readdir(join(folder.path, 'data'), { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile() && /local-cloud-modules.*blobs/.test(file.parentPath)).length;
}

test('a start anew collects the contents of replaced modules, and keeps those in use', async () => {
  const options = await testOptions(folder.path);
  const first = await startLocalCloud(options);
  for (const version of [1, 2, 3]) {
    await upload(first, 'replaced', `export default { fetch: () => new Response('version ${version}') }`);
  }
  expect(await contents()).toBe(3);
  await first.stop();

  const second = await startLocalCloud(options);
  expect(await dispatch(second, 'replaced')).toBe('version 3');
  expect(await contents()).toBe(1);
  await second.stop();
});
