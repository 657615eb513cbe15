import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { downloadUrl, newDocument, newVersion, sendBytes, storedDocument } from './support/documents.ts';
import { FileBucket, fileBucketWorker } from './support/file-bucket.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { send } from './support/send.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;
let bucket: FileBucket;

beforeAll(async () => {
  platform = await startTestPlatform({ workersBeside: [await fileBucketWorker()] });
  account = await openAccount(platform.instance, 'forgetting');
  bucket = new FileBucket(platform.cloud.workers);
});
afterAll(() => platform?.stop());

/** The rest between two sweeps ends now, and one goes to its end. */
async function sweep() {
  await new CloudApi(platform.instance).query(REGISTRY_ID, 'UPDATE file_sweeps SET available_at = 0');
  await platform.cloud.runCron('freehold-platform');
}

const client = () => account.createClient({ kind: 'company', company_name: 'Acme' });
const keysOf = async ({ id }: { id: string }) => (await bucket.keys()).filter((key) => key.includes(id));

/** A sweep of the platform's own cron may be under way: then the next one does it. */
const untilSwept = (document: { id: string }) =>
  vi.waitUntil(async () => {
    await sweep();
    return (await keysOf(document)).length === 0;
  }, 20_000);

test('the next sweep removes every version of an erased client from R2, and nothing of another', async () => {
  const { id } = await client();
  const erased = await storedDocument(account, 'one', { client_id: id });
  const second = await newVersion(account, erased.id, 'two');
  expect((await sendBytes(second.upload, 'two')).status).toBe(200);
  const kept = await storedDocument(account, 'three', { client_id: (await client()).id });
  await sweep();
  expect(await keysOf(erased)).toHaveLength(2);
  const { status } = await account.send(`/clients/${id}/erase`, { method: 'POST' });
  expect(status).toBe(200);
  expect((await account.send(`/documents/${erased.id}/download`)).status).toBe(404);
  await untilSwept(erased);
  expect(await send(await downloadUrl(account, kept.id))).toMatchObject({ status: 200, text: 'three' });
});

test('bytes that come after the erasure are not recorded, and go with the next sweep', async () => {
  const { id } = await client();
  const document = await newDocument(account, 'late', { client_id: id });
  await account.send(`/clients/${id}/erase`, { method: 'POST' });
  expect((await sendBytes(document.upload, 'late')).status).toBe(404);
  await untilSwept(document);
});
