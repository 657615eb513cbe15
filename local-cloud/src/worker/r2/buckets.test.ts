import { BaseBuckets } from 'cloudflare/resources/r2/buckets/buckets';
import { createClient } from 'cloudflare/tree-shakable';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCOUNT, startTestCloud, type TestCloud } from '#local-cloud/host/testing/test-cloud.ts';

const account_id = ACCOUNT.accountId;

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud({ workers: [] });
});
afterAll(async () => await cloud?.stop());

function buckets() {
  const { apiToken } = ACCOUNT;
  const options = { resources: [BaseBuckets], apiToken, baseURL: cloud.apiUrl, maxRetries: 0 } as const;
  return createClient(options).r2.buckets;
}

test('a bucket is made in its jurisdiction and found only there', async () => {
  const eu = { account_id, 'cf-r2-jurisdiction': 'eu' } as const;
  const made = await buckets().create({ ...eu, name: 'files', locationHint: 'eeur' });
  expect(made).toMatchObject({
    name: 'files',
    jurisdiction: 'eu',
    location: 'eeur',
    storage_class: 'Standard',
  });
  expect(await buckets().get('files', eu)).toStrictEqual(made);
  await expect(buckets().get('files', { account_id })).rejects.toMatchObject({
    status: 404,
    errors: [{ code: 10006, message: 'The specified bucket does not exist.' }],
  });
});

test('a name is taken in its jurisdiction, and free in another', async () => {
  await buckets().create({ account_id, name: 'twice' });
  await expect(buckets().create({ account_id, name: 'twice' })).rejects.toMatchObject({
    status: 409,
    errors: [{ code: 10004 }],
  });
  await buckets().create({ account_id, name: 'twice', 'cf-r2-jurisdiction': 'us' });
});

test('a name that no bucket can have is refused', async () => {
  for (const name of ['no', 'Upper', '-dash', 'dash-', 'under_score', 'x'.repeat(64)]) {
    await expect(buckets().create({ account_id, name })).rejects.toMatchObject({
      status: 400,
      errors: [{ code: 10005 }],
    });
  }
});

test('a list goes by name, page after page', async () => {
  const fedramp = { account_id, 'cf-r2-jurisdiction': 'fedramp' } as const;
  for (const name of ['beta', 'alpha', 'gamma']) await buckets().create({ ...fedramp, name });
  const names = async (query: object) =>
    (await buckets().list({ ...fedramp, ...query })).buckets?.map(({ name }) => name);
  expect(await names({})).toStrictEqual(['alpha', 'beta', 'gamma']);
  expect(await names({ per_page: 1, cursor: 'alpha' })).toStrictEqual(['beta']);
  expect(await names({ direction: 'desc', start_after: 'gamma' })).toStrictEqual(['beta', 'alpha']);
  expect(await names({ name_contains: 'amm' })).toStrictEqual(['gamma']);
});

test('wrangler makes and lists buckets', async () => {
  const wrangler = execa({
    preferLocal: true,
    localDir: import.meta.dirname,
    cwd: cloud.folder,
    env: {
      ...{ CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: `${cloud.folder}/logs` },
      ...{ CLOUDFLARE_API_BASE_URL: cloud.apiUrl, CLOUDFLARE_API_TOKEN: ACCOUNT.apiToken },
      CLOUDFLARE_ACCOUNT_ID: account_id,
    },
  });
  const made = await wrangler`wrangler r2 bucket create by-wrangler --jurisdiction eu`;
  expect(made.stdout).toContain(`Created bucket 'by-wrangler (eu)'`);
  const listed = await wrangler`wrangler r2 bucket list --jurisdiction eu`;
  expect(listed.stdout).toMatch(/name: +by-wrangler/);
});
