import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { CONTENT_TYPE, downloadUrl, newDocument, sendBytes, storedDocument } from './support/documents.ts';
import { FileBucket, fileBucketWorker } from './support/file-bucket.ts';
import { forgedTokens } from './support/forged-tokens.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type AddressForm, type OpenAccount, openAccount } from './support/open-account.ts';
import { type Claims, claimsOf, platformSigner } from './support/platform-signer.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';
import { withoutRequestId } from './support/without-request-id.ts';

const CANARY = { ours: `canary-${randomUUID()}`, theirs: `canary-${randomUUID()}` };
const PENDING = 'bytes that have not come yet';

let dataDir: string;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let bucket: FileBucket;
let cloud: CloudApi;
let sign: (claims: Claims) => Promise<string>;
let ours: OpenAccount;
let theirs: OpenAccount;
let ourDocument: Awaited<ReturnType<typeof newDocument>>;
let theirDocument: Awaited<ReturnType<typeof newDocument>>;
let ourTokens: { PUT: string; GET: string };
let theirTokens: { PUT: string; GET: string };

const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

async function tokens(account: OpenAccount, documentId: string) {
  const pending = await newDocument(account, PENDING);
  return { PUT: tokenOf(pending.upload.url), GET: tokenOf(await downloadUrl(account, documentId)) };
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  platform = await startTestPlatform({ dataDir, workersBeside: [await fileBucketWorker()] });
  sign = await platformSigner(dataDir);
  bucket = new FileBucket(platform.cloud.workers);
  cloud = new CloudApi(platform.instance);
  ours = await openAccount(platform.instance, 'ours');
  theirs = await openAccount(platform.instance, 'theirs');
  ourDocument = await storedDocument(ours, CANARY.ours);
  theirDocument = await storedDocument(theirs, CANARY.theirs);
  ourTokens = await tokens(ours, ourDocument.id);
  theirTokens = await tokens(theirs, theirDocument.id);
});
afterAll(async () => {
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function sendFile(account: OpenAccount, token: string, method: string, form: AddressForm = 'path') {
  const body = method === 'PUT' ? PENDING : undefined;
  return send(`${account.url(form)}/files/${token}`, {
    method,
    headers: { 'content-type': CONTENT_TYPE },
    ...(body !== undefined && { body }),
  });
}

describe.each(ADDRESS_FORMS)("another account's file token, in the %s form,", (form) => {
  test.each(['PUT', 'GET'] as const)('of method %s opens nothing by any method', async (method) => {
    for (const sent of ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
      expectRefusal(await sendFile(ours, theirTokens[method], sent, form), 'ACCOUNT_NOT_FOUND');
    }
    const nowhere = `${ours.url(form).replace('ours', 'nobody')}/files/${theirTokens[method]}`;
    const here = await sendFile(ours, theirTokens[method], 'GET', form);
    expect(withoutRequestId(here)).toStrictEqual(withoutRequestId(await send(nowhere)));
  });

  test('works at its own account, and what it opens is its own', async () => {
    const down = await sendFile(theirs, theirTokens.GET, 'GET', form);
    expect(down).toMatchObject({ status: 200, text: CANARY.theirs });
  });
});

describe('a file token', () => {
  test('is for one method', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'PATCH']) {
      const answer = await sendFile(ours, ourTokens.PUT, method);
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('PUT');
    }
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      const allow = ['GET', 'HEAD'];
      expectRefusal(await sendFile(ours, ourTokens.GET, method), 'METHOD_NOT_ALLOWED', { allow });
    }
  });

  test('opens nothing but its file', async () => {
    for (const token of Object.values(ourTokens)) {
      for (const path of ['/me', '/clients', `/documents/${ourDocument.id}/download`]) {
        expectRefusal(await ours.send(path, { token }), 'TOKEN_INVALID');
      }
      for (const path of ['/_platform/health', '/_platform/files/review', '/_platform/files/stored']) {
        expectRefusal(await ours.send(path, { token }), 'NOT_FOUND');
      }
    }
  });

  test('cannot be another token', async () => {
    const { aud } = claimsOf(ourTokens.GET);
    const { iss, iat } = claimsOf(ourTokens.GET);
    const control = await sign({ iss, aud, iat, exp: Number(iat) + 60, scope: 'control' });
    for (const token of [ours.session.access_token, control, ours.session.refresh_token, 'x', 'x.y.z']) {
      for (const method of ['GET', 'PUT']) {
        expectRefusal(await sendFile(ours, token, method), 'FILE_URL_INVALID');
      }
    }
    const headers = { authorization: `Bearer ${ours.session.access_token}` };
    expectRefusal(await send(`${ours.url('path')}/files/x`, { headers }), 'FILE_URL_INVALID');
  });

  test('cannot be forged', async () => {
    const jwks = await send(`${platform.instance.url}/.well-known/jwks.json`);
    for (const good of Object.values(ourTokens)) {
      for (const { what, token } of forgedTokens(good, jwks.body)) {
        // An address that ends in dots is another address before anybody reads it.
        if (/^\.+$/.test(token)) continue;
        for (const method of ['GET', 'PUT']) {
          const answer = await sendFile(ours, token, method);
          expect(answer.body, what).toMatchObject({ error: { code: 'FILE_URL_INVALID' } });
        }
      }
    }
  });

  test.each([
    ['document_id', () => theirDocument.id],
    ['version_id', () => theirDocument.upload.version_id],
    ['account_id', () => theirs.account.id],
    ['method', () => 'PUT'],
    ['size', () => 1],
    ['sha256', () => 'f'.repeat(64)],
    ['content_type', () => 'text/html'],
    ['name', () => 'another'],
    ['exp', () => 9_999_999_999],
    ['aud', () => claimsOf(theirTokens.GET).aud],
  ])('with another %s than was signed is refused', async (claim, value) => {
    const [header, , signature] = ourTokens.GET.split('.');
    const changed = JSON.stringify({ ...claimsOf(ourTokens.GET), [claim]: value() });
    const token = `${header}.${Buffer.from(changed).toString('base64url')}.${signature}`;
    for (const method of ['GET', 'PUT']) {
      expectRefusal(await sendFile(ours, token, method), 'FILE_URL_INVALID');
    }
  });

  test('that has expired is refused', async () => {
    const past = Math.floor(Date.now() / 1000) - 1;
    for (const method of ['GET', 'PUT'] as const) {
      const token = await sign({ ...claimsOf(ourTokens[method]), iat: past - 60, exp: past });
      expectRefusal(await sendFile(ours, token, method), 'FILE_URL_EXPIRED');
    }
  });

  test('lives 15 minutes to upload and 5 to download', () => {
    const life = (token: string) => {
      const { iat, exp } = claimsOf(token);
      return Number(exp) - Number(iat);
    };
    expect([life(ourTokens.PUT), life(ourTokens.GET)]).toEqual([900, 300]);
  });
});

describe('even what the platform had signed', () => {
  test.each([
    ['for our stack and their account', { account_id: () => theirs.account.id }, 'ACCOUNT_NOT_FOUND'],
    ['for their stack and our account', { aud: () => claimsOf(theirTokens.GET).aud }, 'ACCOUNT_NOT_FOUND'],
    ['without a method', { method: () => undefined }, 'FILE_URL_INVALID'],
    ['for a file that is too large', { size: () => 100_000_001 }, 'FILE_URL_INVALID'],
    ['for a page that would run', { content_type: () => 'text/html' }, 'FILE_URL_INVALID'],
    ['for a path in place of an id', { document_id: () => '../../x' }, 'FILE_URL_INVALID'],
    ['by another issuer', { iss: () => 'https://elsewhere.example' }, 'FILE_URL_INVALID'],
  ] as const)('%s opens nothing', async (_what, changes, code) => {
    const changed = Object.entries(changes).map(([claim, value]) => [claim, value()]);
    for (const method of ['GET', 'PUT'] as const) {
      const token = await sign({ ...claimsOf(ourTokens[method]), ...Object.fromEntries(changed) });
      expectRefusal(await sendFile(ours, token, method), code);
    }
  });

  test('for our account and their document finds none of their bytes and touches none', async () => {
    const { document_id, version_id } = theirDocument.upload;
    const got = await sign({ ...claimsOf(ourTokens.GET), document_id, version_id });
    expectRefusal(await sendFile(ours, got, 'GET'), 'RECORD_NOT_FOUND');
    const put = await sign({ ...claimsOf(ourTokens.PUT), document_id, version_id });
    expectRefusal(await sendFile(ours, put, 'PUT'), 'RECORD_NOT_FOUND');
    expect((await send(await downloadUrl(theirs, theirDocument.id))).text).toBe(CANARY.theirs);
  });
});

describe("another account's documents", () => {
  test.each(['', '/download', '/versions'])('are as unknown as any at /documents/<id>%s', async (path) => {
    const known = await ours.send(`/documents/${theirDocument.id}${path}`);
    const unknown = await ours.send(`/documents/${randomUUID()}${path}`);
    expectRefusal(known, 'RECORD_NOT_FOUND');
    expect(withoutRequestId(known)).toStrictEqual(withoutRequestId(unknown));
  });

  test('get no versions and no address with our token', async () => {
    const token = ours.session.access_token;
    const json = { content_type: CONTENT_TYPE, size: 1, sha256: 'a'.repeat(64) };
    const versions = `/documents/${theirDocument.id}/versions`;
    expectRefusal(await ours.send(versions, { method: 'POST', json }), 'RECORD_NOT_FOUND');
    for (const path of [versions, `/documents/${theirDocument.id}/download`]) {
      expectRefusal(await theirs.send(path, { token }), 'ACCOUNT_NOT_FOUND');
    }
  });
});

describe('an address', () => {
  test.each([
    (token: string) => `/files/${token}/`,
    (token: string) => `/files/${token}/more`,
    (token: string) => `/files//${token}`,
    (token: string) => `/files/./../files/x/${token}`,
    (token: string) => `/files/${token}%00`,
    (token: string) => `/files/?token=${token}`,
    (token: string) => `/FILES/${token}`,
    (token: string) => `/%66iles/${token}`,
  ])('that only looks like one opens nothing: %#', async (path) => {
    const answer = await send(`${ours.url('path')}${path(ourTokens.GET)}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).not.toContain(CANARY.ours);
  });

  test('is not made because a client asks for it in a header', async () => {
    const grant = { action: 'download', name: 'x', ...claimsOf(ourTokens.GET) };
    const headers = { 'x-freehold-file-grant': encodeURIComponent(JSON.stringify(grant)) };
    const answer = await ours.send('/clients', { headers });
    expect(answer.text).not.toContain('/files/');
    expect(answer.headers.get('x-freehold-file-grant')).toBeNull();
  });
});

describe('the file store', () => {
  test("holds each account's bytes under its own id and nothing else", async () => {
    const keys = await bucket.keys();
    expect(keys).toEqual(
      expect.arrayContaining([
        `accounts/${ours.account.id}/${ourDocument.id}/${ourDocument.upload.version_id}`,
        `accounts/${theirs.account.id}/${theirDocument.id}/${theirDocument.upload.version_id}`,
      ]),
    );
    const prefixes = [`accounts/${ours.account.id}/`, `accounts/${theirs.account.id}/`];
    for (const key of keys) {
      expect(prefixes.filter((prefix) => key.startsWith(prefix))).toHaveLength(1);
    }
  });

  test('is bound to no account Worker', async () => {
    const { scripts } = await landscape(platform.instance);
    for (const { id } of scripts) {
      const kinds = (await cloud.bindings(id)).map(({ type }) => type);
      expect(new Set(kinds)).toEqual(new Set(['d1', 'plain_text']));
    }
  });
});

describe('a suspended account', () => {
  test('has no files from 5 seconds on, whatever addresses are about', async () => {
    const account = await openAccount(platform.instance, 'resting');
    const document = await storedDocument(account, 'x');
    const [url, pending] = [await downloadUrl(account, document.id), await newDocument(account, 'y')];
    await cloud.query(
      REGISTRY_ID,
      `UPDATE accounts SET body = json_set(body, '$.status', 'suspended') WHERE id = '${account.account.id}'`,
    );
    await vi.waitUntil(async () => (await send(url)).status !== 200, { timeout: 8_000, interval: 200 });
    expectRefusal(await send(url), 'ACCOUNT_SUSPENDED');
    expectRefusal(await sendBytes(pending.upload, 'y'), 'ACCOUNT_SUSPENDED');
  });
});

describe('an account Worker that grants what is not its own', () => {
  const worker = (grant: string) => `export default { fetch() {
    return Response.json({ upload: {} }, { headers: { 'x-freehold-file-grant': ${JSON.stringify(grant)} } });
  } }`;

  test('gets addresses in its own account only', async () => {
    const rogue = await openAccount(platform.instance, 'rogue');
    const { stacks } = await landscape(platform.instance);
    const stack = stacks.find(({ account_id }) => account_id === rogue.account.id);
    const { document_id, version_id, name, content_type, size, sha256 } = claimsOf(ourTokens.GET);
    const facts = { document_id, version_id, name, content_type, size, sha256 };
    for (const action of ['upload', 'download', 'confirm']) {
      const grant = { action, ...facts, account_id: ours.account.id, aud: claimsOf(ourTokens.GET).aud };
      await cloud.upload(String(stack?.worker_name), worker(encodeURIComponent(JSON.stringify(grant))));
      const answer = await rogue.send('/anything');
      expect(answer.status, answer.text).toBe(200);
      const [url] = /http[^"]+/.exec(answer.text) ?? [];
      expect(url === undefined).toBe(action === 'confirm');
      if (url === undefined) continue;
      expect(url.startsWith(`${rogue.url('path')}/files/`)).toBe(true);
      expect(claimsOf(tokenOf(url))).toMatchObject({ aud: stack?.id, account_id: rogue.account.id });
      expectRefusal(await sendFile(ours, tokenOf(url), 'GET'), 'ACCOUNT_NOT_FOUND');
      if (action === 'download') expectRefusal(await send(url), 'RECORD_NOT_FOUND');
    }
    await cloud.upload(String(stack?.worker_name), worker('not a grant'));
    expect((await rogue.send('/anything')).body).toMatchObject({ error: { code: 'STACK_UNHEALTHY' } });
  });
});
