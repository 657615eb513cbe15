import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { releaseId } from '#shared-schema/releases/release-id.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import { ReleaseStore } from './release-store.ts';

let world: Awaited<ReturnType<typeof startRegistry>>;

beforeAll(async () => {
  world = await startRegistry();
});
afterAll(() => world?.stop());

function bundle(apiTests: string): ReleaseBundle {
  const sql = 'CREATE TABLE a (id TEXT)';
  const checksum = createHash('sha256').update(sql).digest('hex');
  return {
    ...{
      main_module: 'index.js',
      compatibility_date: '2026-11-01',
      compatibility_flags: [],
      schema_version: 1,
    },
    migrations: [{ name: '0001_a.sql', sql, checksum }],
    modules: [{ name: 'index.js', type: 'esm', content: 'export default {}' }],
    api_tests: apiTests,
  };
}

/** A bucket that stores nothing before as many have come. */
function meetingPoint(bucket: R2Bucket, count: number): R2Bucket {
  let come = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return new Proxy(bucket, {
    get: (target, name) => {
      if (name !== 'put') return Reflect.get(target, name).bind(target);
      return async (key: string, text: string) => {
        come += 1;
        if (come === count) open();
        await all;
        return target.put(key, text);
      };
    },
  });
}

test('of two releases that follow the same one, the one that comes second is refused', async () => {
  const { registry, files } = world;
  await new ReleaseStore(registry, files).publish(bundle('first'), 1);
  const store = new ReleaseStore(registry, meetingPoint(files, 2));
  const outcomes = await Promise.allSettled([store.publish(bundle('b'), 2), store.publish(bundle('c'), 2)]);
  const published = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(published).toHaveLength(1);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'RELEASE_OVERTAKEN', context: { current_release_id: published[0]?.id } },
  });
  const overtaken = published[0]?.id === (await releaseId(bundle('b'))) ? 'c' : 'b';
  await expect(store.publishedBundle(await releaseId(bundle(overtaken)))).rejects.toMatchObject({
    code: 'RELEASE_NOT_FOUND',
  });
  expect(await store.publishedBundle(published[0]?.id ?? '')).toMatchObject({ schema_version: 1 });
  expect(await registry.prepare('SELECT COUNT(*) AS n FROM releases').first('n')).toBe(2);
});

test('a release becomes current again where it follows the current one', async () => {
  const { registry, files } = world;
  const store = new ReleaseStore(registry, files);
  const first = await store.publish(bundle('first'), 5);
  expect(first).toMatchObject({ created_at: 1, current_since: 5 });
  expect(await store.publish(bundle('first'), 6)).toStrictEqual(first);
  expect(await store.detail(first.id)).toMatchObject({ is_current: true, stacks: 0, current_since: 5 });
});
