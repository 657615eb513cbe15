import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { CONTENT_TYPE, downloadUrl, newDocument, storedDocument } from './support/documents.ts';
import { FileBucket, fileBucketWorker } from './support/file-bucket.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { Caller, type OperationRequest } from './support/openapi/caller.ts';
import { Contract, type DocumentedOperation } from './support/openapi/contract.ts';
import { BYTES } from './support/openapi/platform-knowledge.ts';
import { claimsOf, platformSigner } from './support/platform-signer.ts';
import { type SentHeaders, send } from './support/send.ts';
import { signUp, untilActive } from './support/sign-up.ts';

// What is tested is read from the document itself, so the platform runs before the tests are named.
const dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
const platform = await startTestPlatform({ dataDir, workersBeside: [await fileBucketWorker()] });
afterAll(async () => {
  await platform.stop();
  await rm(dataDir, { recursive: true, force: true });
});
const { instance } = platform;
const sign = await platformSigner(dataDir);
const cloud = new CloudApi(instance);
const bucket = new FileBucket(platform.cloud.workers);
const account = await openAccount(instance, 'filing');
const other = await openAccount(instance, 'other');
const contract = new Contract((await send(`${instance.url}/openapi.json`)).body);
const caller = new Caller({ contract, url: instance.url, token: '', knowledge: {} });

const OPERATIONS = contract.operations
  .filter(({ path }) => path === '/a/{slug}/files/{token}')
  .map((operation) => ({ ...operation, toString: () => operation.method }));
/** What nothing here can be made to answer: R2 that fails, and a release that is broken. */
const NOT_PROVOKED = [
  'FILE_STORE_UNAVAILABLE',
  'INTERNAL',
  'MIGRATION_EDITED',
  'MIGRATION_FAILED',
  'STACK_IDENTITY_MISMATCH',
];
/** In test/openapi-limits.test.ts. */
const LIMITS = ['RATE_LIMITED'];

const tokenIn = (url: string) => url.slice(url.lastIndexOf('/') + 1);

async function uploadTo(to: OpenAccount) {
  const { id, upload } = await newDocument(to, BYTES);
  return { id, upload, token: tokenIn(upload.url) };
}

async function downloadFrom(from: OpenAccount) {
  const { id, upload } = await storedDocument(from, BYTES);
  return { id, upload, token: tokenIn(await downloadUrl(from, id)) };
}

const addressFor = ({ method }: DocumentedOperation, of: OpenAccount) =>
  method === 'PUT' ? uploadTo(of) : downloadFrom(of);

/** A request at this address, as `upload.headers` says where it is an upload. */
function at(slug: string, token: string, headers: SentHeaders = { 'content-type': CONTENT_TYPE }) {
  return { path: { slug, token }, headers };
}

const seen = new Map<string, Set<string>>();

/** Sends, and holds the answer against the document. */
async function refused(operation: DocumentedOperation, code: string, request: OperationRequest) {
  const body = operation.method === 'PUT' ? { body: BYTES } : {};
  const answer = await caller.send(operation, { ...body, ...request });
  contract.expectRefusal(operation, answer, code);
  seen.set(operation.operationId, (seen.get(operation.operationId) ?? new Set()).add(code));
  return answer;
}

describe.each(OPERATIONS)('%s of a file', (operation) => {
  const isUpload = operation.method === 'PUT';
  test('refuses an address that is none, has expired, or is for another method', async () => {
    await refused(operation, 'FILE_URL_INVALID', at('filing', 'x'));
    const { token } = await addressFor(operation, account);
    const past = Math.floor(Date.now() / 1000) - 1;
    const expired = await sign({ ...claimsOf(token), iat: past - 60, exp: past });
    await refused(operation, 'FILE_URL_EXPIRED', at('filing', expired));
    const { token: wrong } = await (isUpload ? downloadFrom(account) : uploadTo(account));
    const answer = await refused(operation, 'METHOD_NOT_ALLOWED', at('filing', wrong));
    expect(answer.headers.get('allow')).toBe(isUpload ? 'GET, HEAD' : 'PUT');
  });

  test('refuses an address of another account, and of none', async () => {
    const { token } = await addressFor(operation, other);
    for (const slug of ['filing', 'nobody']) {
      await refused(operation, 'ACCOUNT_NOT_FOUND', at(slug, token));
    }
  });

  test('refuses what is gone', async () => {
    const { id, upload, token } = await addressFor(operation, account);
    if (isUpload) await account.send(`/documents/${id}`, { method: 'DELETE' });
    else await bucket.remove(`accounts/${account.account.id}/${id}/${upload.version_id}`);
    await refused(operation, 'RECORD_NOT_FOUND', at('filing', token));
  });

  test.runIf(isUpload)('refuses other bytes, sizes and types', async () => {
    const { token } = await uploadTo(account);
    const request = at('filing', token);
    await refused(operation, 'FILE_TYPE_MISMATCH', at('filing', token, { 'content-type': 'text/plain' }));
    await refused(operation, 'FILE_SIZE_MISMATCH', { ...request, body: 'x' });
    await refused(operation, 'FILE_CHECKSUM_MISMATCH', { ...request, body: BYTES.toUpperCase() });
  });

  test.runIf(!isUpload)('gives ranges, and refuses those that are not there', async () => {
    const { token } = await downloadFrom(account);
    const ask = (headers: SentHeaders) => caller.send(operation, at('filing', token, headers));
    const part = await ask({ range: 'bytes=4-8' });
    expect([part.status, part.headers.get('content-range')]).toStrictEqual([206, 'bytes 4-8/19']);
    const stale = await ask({ range: 'bytes=4-8', 'if-range': '"another"' });
    const whole = await ask({});
    const several = await ask({ range: 'bytes=0-1,3-4' });
    expect([stale, whole, several].map(({ status }) => status)).toStrictEqual([200, 200, 200]);
    for (const answer of [part, stale, whole, several]) {
      contract.expectPromised(operation, answer);
      const declared = operation.responses[answer.status];
      for (const name of Object.keys((declared && 'headers' in declared && declared.headers) || {})) {
        expect(answer.headers.has(name), `${answer.status}: ${name}`).toBe(true);
      }
    }
    const beyond = at('filing', token, { range: 'bytes=19-' });
    const answer = await refused(operation, 'RANGE_NOT_SATISFIABLE', beyond);
    expect(answer.headers.get('content-range')).toBe('bytes */19');
  });

  test('says why the account cannot be reached', async () => {
    // Nobody has asked for it yet, so that no isolate keeps its route.
    const slug = `asleep-${operation.method.toLowerCase()}`;
    const { id } = await untilActive(instance, await signUp(instance, slug));
    const request = at(slug, 'x');
    for (const [status, code] of [
      ['suspended', 'ACCOUNT_SUSPENDED'],
      ['provisioning', 'ACCOUNT_PROVISIONING'],
    ] as const) {
      const change = `UPDATE accounts SET body = json_set(body, '$.status', ?) WHERE id = ?`;
      await cloud.query(REGISTRY_ID, change, status, id);
      await refused(operation, code, request);
    }
    await cloud.query(REGISTRY_ID, `UPDATE accounts SET body = json_set(body, '$.status', 'active')`);
    await cloud.query(REGISTRY_ID, `UPDATE stacks SET status = 'retired' WHERE account_id = ?`, id);
    await refused(operation, 'ACCOUNT_UNAVAILABLE', request);
    await cloud.query(REGISTRY_ID, 'ALTER TABLE accounts RENAME TO accounts_away');
    try {
      const answer = await refused(operation, 'REGISTRY_UNAVAILABLE', request);
      expect(answer.headers.get('retry-after')).toBe('1');
    } finally {
      await cloud.query(REGISTRY_ID, 'ALTER TABLE accounts_away RENAME TO accounts');
    }
  });

  test.runIf(isUpload)('says that the bytes could not be recorded', async () => {
    const broken = await openAccount(instance, 'broken');
    const request = at('broken', (await uploadTo(broken)).token);
    const { stacks } = await landscape(instance);
    const worker = String(stacks.find(({ account_id }) => account_id === broken.account.id)?.worker_name);
    await cloud.upload(worker, `export default { fetch() { return new Response('nonsense'); } }`);
    await refused(operation, 'STACK_UNHEALTHY', request);
    await cloud.removeScript(worker);
    await refused(operation, 'ACCOUNT_UNAVAILABLE', request);
  });

  test('promises no code that was not seen here, but those that nothing can be made to answer', () => {
    const promised = Object.keys(operation.responses).flatMap((status) =>
      contract.refusals(operation, Number(status)),
    );
    const codes = seen.get(operation.operationId) ?? new Set();
    const unseen = promised.filter((code) => !codes.has(String(code)));
    expect(unseen.filter((code) => ![...NOT_PROVOKED, ...LIMITS].includes(String(code)))).toStrictEqual([]);
  });
});

test('the document describes the three methods of a file', () => {
  expect(OPERATIONS.map(({ method }) => method).sort()).toStrictEqual(['GET', 'HEAD', 'PUT']);
});
