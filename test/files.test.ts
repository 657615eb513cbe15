import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import {
  declared,
  downloadUrl,
  newDocument,
  newVersion,
  sendBytes,
  sha256,
  storedDocument,
} from './support/documents.ts';
import { FileBucket, fileBucketWorker } from './support/file-bucket.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';

const TEXT = 'The quick brown fox';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;
let bucket: FileBucket;
let cloud: CloudApi;
let databaseId: string;

beforeAll(async () => {
  platform = await startTestPlatform({ workersBeside: [await fileBucketWorker()] });
  account = await openAccount(platform.instance, 'filing');
  bucket = new FileBucket(platform.cloud.workers);
  cloud = new CloudApi(platform.instance);
  databaseId = String((await landscape(platform.instance)).stacks[0]?.database_id);
});
afterAll(() => platform?.stop());

const keyOf = ({ upload }: { upload: { document_id: string; version_id: string } }) =>
  `accounts/${account.account.id}/${upload.document_id}/${upload.version_id}`;

/** The rest between two sweeps ends now, and one goes to its end. */
async function sweep() {
  await cloud.query(REGISTRY_ID, 'UPDATE file_sweeps SET available_at = 0');
  await platform.cloud.runCron('freehold-platform');
}

describe.each(ADDRESS_FORMS)('in the %s form', (form) => {
  test('a file goes up, is stored, and comes down as it was', async () => {
    const document = await newDocument(account, TEXT, {}, form);
    expect(document.upload.url.startsWith(`${account.url(form)}/files/`)).toBe(true);
    expect(document.upload.expires_at - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    const stored = await sendBytes(document.upload, TEXT);
    expect(stored).toMatchObject({ status: 200, body: { status: 'stored', version_number: 1 } });
    const record = await account.send(`/documents/${document.id}`, {}, form);
    expect(record.body).toMatchObject({ status: 'stored', size: TEXT.length, sha256: sha256(TEXT) });
    const granted = await account.send(`/documents/${document.id}/download`, {}, form);
    expect(granted.headers.get('x-freehold-file-grant')).toBeNull();
    const { url, expires_at } = granted.body as { url: string; expires_at: number }; // checked right below
    expect(url.startsWith(`${account.url(form)}/files/`)).toBe(true);
    expect(expires_at - Date.now()).toBeLessThanOrEqual(5 * 60_000);
    const down = await send(url);
    expect(down).toMatchObject({ status: 200, text: TEXT });
    expect(Object.fromEntries(down.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(TEXT.length),
      'content-disposition': `attachment; filename="Deed.pdf"; filename*=UTF-8''Deed.pdf`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'accept-ranges': 'bytes',
      etag: `"${sha256(TEXT)}"`,
    });
  });
});

describe('an upload', () => {
  test('of other bytes, of another size or type leaves nothing', async () => {
    const document = await newDocument(account, TEXT);
    const refusals = [
      [await sendBytes(document.upload, TEXT.replace('q', 'Q')), 'FILE_CHECKSUM_MISMATCH'],
      [await sendBytes(document.upload, `${TEXT}!`), 'FILE_SIZE_MISMATCH'],
      [await sendBytes(document.upload, ''), 'FILE_SIZE_MISMATCH'],
      [await sendBytes(document.upload, TEXT, { body: [TEXT, '!'] }), 'FILE_SIZE_MISMATCH'],
      [await sendBytes(document.upload, TEXT, { body: [TEXT.slice(1)] }), 'FILE_SIZE_MISMATCH'],
      [
        await sendBytes(document.upload, TEXT, { headers: { 'content-type': 'text/html' } }),
        'FILE_TYPE_MISMATCH',
      ],
      [await sendBytes(document.upload, TEXT, { headers: {} }), 'FILE_TYPE_MISMATCH'],
    ] as const;
    for (const [answer, code] of refusals) {
      expect(answer.body, code).toMatchObject({ error: { code } });
    }
    expect(await bucket.keys()).not.toContain(keyOf(document));
    expect((await account.send(`/documents/${document.id}`)).body).toMatchObject({ status: 'pending' });
    expect((await sendBytes(document.upload, TEXT, { body: ['The quick', ' brown fox'] })).status).toBe(200);
  });

  test('that goes on after its last byte leaves nothing, wherever the pieces end', async () => {
    for (const size of [256 * 1024, 512 * 1024, 300_000]) {
      const text = 'x'.repeat(size);
      const document = await newDocument(account, text);
      expectRefusal(await sendBytes(document.upload, text, { body: [text, '!'] }), 'FILE_SIZE_MISMATCH', {
        size,
      });
      expect(await bucket.keys()).not.toContain(keyOf(document));
    }
  });

  test('may be repeated, and other bytes do not replace what is stored', async () => {
    const document = await storedDocument(account, TEXT);
    const again = await sendBytes(document.upload, TEXT);
    expect(again).toMatchObject({ status: 200, body: { status: 'stored' } });
    const other = await sendBytes(document.upload, TEXT.toUpperCase());
    expect(other.body).toMatchObject({ error: { code: 'FILE_CHECKSUM_MISMATCH' } });
    expect((await send(await downloadUrl(account, document.id))).text).toBe(TEXT);
  });

  test('of an empty file is a file', async () => {
    const document = await storedDocument(account, '');
    const down = await send(await downloadUrl(account, document.id));
    expect(down).toMatchObject({ status: 200, text: '' });
    expect(down.headers.get('content-length')).toBe('0');
  });

  test('replayed under its Idempotency-Key gets an address of its own', async () => {
    const headers = { 'idempotency-key': 'once' };
    const json = { name: 'Once', ...declared(TEXT) };
    const post = () => account.send('/documents', { method: 'POST', json, headers });
    const [first, again] = [await post(), await post()];
    expect(again.body).toMatchObject({ id: (first.body as { id: string }).id, upload: { method: 'PUT' } });
    expect(await cloud.dump(databaseId)).not.toContain('/files/');
  });

  test('to a document that was deleted meanwhile is refused', async () => {
    const document = await newDocument(account, TEXT);
    await account.send(`/documents/${document.id}`, { method: 'DELETE' });
    expectRefusal(await sendBytes(document.upload, TEXT), 'RECORD_NOT_FOUND');
  });
});

describe('an upload that ended and was not recorded', () => {
  const forget = (id: string) =>
    cloud.query(
      databaseId,
      `UPDATE document_versions SET status = 'pending', stored_at = NULL WHERE document_id = '${id}'`,
    );

  test('is found by the next download', async () => {
    const document = await storedDocument(account, TEXT);
    await forget(document.id);
    expect((await send(await downloadUrl(account, document.id))).text).toBe(TEXT);
  });

  test('is found by the next sweep', async () => {
    const document = await storedDocument(account, TEXT);
    await forget(document.id);
    await sweep();
    const versions = await account.send(`/documents/${document.id}/versions`);
    expect(versions.body).toMatchObject({ data: [{ status: 'stored' }] });
  });

  test('is not believed where nothing lies in the store', async () => {
    const document = await newDocument(account, TEXT);
    const refused = await account.send(`/documents/${document.id}/download`);
    expectRefusal(refused, 'FILE_NOT_STORED');
    expect(refused.headers.get('x-freehold-file-grant')).toBeNull();
  });
});

describe('versions', () => {
  test('are each there to be downloaded', async () => {
    const document = await storedDocument(account, 'one');
    const second = await newVersion(account, document.id, 'second');
    expect((await send(await downloadUrl(account, document.id))).text).toBe('one');
    expect((await sendBytes(second.upload, 'second')).status).toBe(200);
    expect((await send(await downloadUrl(account, document.id))).text).toBe('second');
    expect((await send(await downloadUrl(account, document.id, '?version=1'))).text).toBe('one');
    expect((await account.send(`/documents/${document.id}`)).body).toMatchObject({
      ...{ version_number: 2, size: 6, sha256: sha256('second') },
    });
  });
});

describe('a range', () => {
  let url: string;
  beforeAll(async () => {
    url = await downloadUrl(account, (await storedDocument(account, TEXT)).id);
  });
  const ask = (range: string, headers = {}) => send(url, { headers: { range, ...headers } });

  test.each([
    ['bytes=0-2', 'The', '0-2'],
    ['bytes=4-8', 'quick', '4-8'],
    ['bytes=16-', 'fox', '16-18'],
    ['bytes=-3', 'fox', '16-18'],
    ['bytes=16-999', 'fox', '16-18'],
    ['bytes=-999', TEXT, '0-18'],
  ])('%s is %j', async (range, text, content) => {
    const answer = await ask(range);
    expect(answer).toMatchObject({ status: 206, text });
    expect(answer.headers.get('content-range')).toBe(`bytes ${content}/19`);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
  });

  test.each(['bytes=19-', 'bytes=100-200', 'bytes=-0'])('%s is not there', async (range) => {
    const answer = await ask(range);
    expectRefusal(answer, 'RANGE_NOT_SATISFIABLE', { size: 19 });
    expect(answer.headers.get('content-range')).toBe('bytes */19');
  });

  test.each(['bytes=0-1,3-4', 'bytes=5-2', 'lines=1-2', 'bytes=x-y', 'bytes=-'])(
    '%s is answered with the whole',
    async (range) => {
      expect(await ask(range)).toMatchObject({ status: 200, text: TEXT });
    },
  );

  test('counts only where the file is still the one that If-Range names', async () => {
    expect((await ask('bytes=0-2', { 'if-range': `"${sha256(TEXT)}"` })).status).toBe(206);
    expect((await ask('bytes=0-2', { 'if-range': '"another"' })).status).toBe(200);
  });

  test('and the whole are told by HEAD without bytes', async () => {
    const whole = await send(url, { method: 'HEAD' });
    expect(whole).toMatchObject({ status: 200, text: '' });
    expect(whole.headers.get('content-length')).toBe('19');
  });
});

describe('a name', () => {
  test.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['..\\..\\boot.ini', '_.._boot.ini'],
    ['C:\\x"; filename="evil.exe', 'C__x_; filename=_evil.exe'],
    ['.bashrc', 'bashrc'],
    ['...', 'document'],
    ['a%2fb', 'a_2fb', 'a%252fb'],
    ['annexe\u202efdp.exe', 'annexe_fdp.exe'],
    ['Übergabe 1.pdf', '_bergabe 1.pdf', '%C3%9Cbergabe%201.pdf'],
  ])('%j is served as %j', async (name, ascii, encoded = encodeURIComponent(ascii)) => {
    const document = await storedDocument(account, TEXT, { name });
    const down = await send(await downloadUrl(account, document.id));
    expect(down.headers.get('content-disposition')).toBe(
      `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`,
    );
    expect(await bucket.keys()).toContain(keyOf(document));
  });
});

describe('the bytes of a deleted document', () => {
  test('stay for the grace period and go with the sweep after it', async () => {
    const [document, other] = [await storedDocument(account, TEXT), await storedDocument(account, TEXT)];
    await account.send(`/documents/${document.id}`, { method: 'DELETE' });
    expectRefusal(await account.send(`/documents/${document.id}/download`), 'RECORD_NOT_FOUND');
    await sweep();
    expect(await bucket.keys()).toContain(keyOf(document));
    await cloud.query(
      databaseId,
      `UPDATE document_versions SET bytes_due_at = 1 WHERE document_id = '${document.id}'`,
    );
    await vi.waitUntil(async () => {
      await sweep();
      return !(await bucket.keys()).includes(keyOf(document));
    }, 20_000);
    expect(await bucket.keys()).toContain(keyOf(other));
  });
});

describe('the sweep', () => {
  test('leaves what is not its own to judge, and takes all of an account that is deleted', async () => {
    const gone = await openAccount(platform.instance, 'gone');
    await storedDocument(gone, TEXT);
    const strangers = [
      'elsewhere/x',
      'accounts/notes.txt',
      `accounts/${crypto.randomUUID()}/${crypto.randomUUID()}/${crypto.randomUUID()}`,
    ];
    for (const key of strangers) await bucket.put(key, 'x');
    const prefix = `accounts/${gone.account.id}/`;
    await sweep();
    expect((await bucket.keys()).filter((key) => key.startsWith(prefix))).toHaveLength(1);
    await cloud.query(
      REGISTRY_ID,
      `UPDATE accounts SET body = json_set(body, '$.status', 'deleted') WHERE id = '${gone.account.id}'`,
    );
    await vi.waitUntil(async () => {
      await sweep();
      return !(await bucket.keys()).some((key) => key.startsWith(prefix));
    }, 20_000);
    expect(await bucket.keys()).toEqual(expect.arrayContaining(strangers));
  });
});
