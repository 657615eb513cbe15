import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadArchive } from './support/client-archive.ts';
import { CloudApi } from './support/cloud-api.ts';
import { newDocument, newVersion, sendBytes, sha256, storedDocument } from './support/documents.ts';
import { FileBucket, fileBucketWorker } from './support/file-bucket.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount } from './support/open-account.ts';
import { newSession, newUser } from './support/openapi/account-knowledge.ts';
import { expectRefusal } from './support/refusal.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;
let bucket: FileBucket;
let cloud: CloudApi;

beforeAll(async () => {
  platform = await startTestPlatform({ workersBeside: [await fileBucketWorker()] });
  account = await openAccount(platform.instance, 'archive');
  bucket = new FileBucket(platform.cloud.workers);
  cloud = new CloudApi(platform.instance);
});
afterAll(() => platform?.stop());

type Uploaded = Awaited<ReturnType<typeof newDocument>>;

const newClient = () => account.createClient({ kind: 'company', company_name: 'Acme' });
const keyOf = ({ upload }: Pick<Uploaded, 'upload'>) =>
  `accounts/${account.account.id}/${upload.document_id}/${upload.version_id}`;

async function stackOf({ account: { id } }: OpenAccount) {
  const { stacks } = await landscape(platform.instance);
  const stack = stacks.find(({ account_id }) => account_id === id);
  return { worker: String(stack?.worker_name), database: String(stack?.database_id) };
}

describe('the archive of a client', () => {
  test('holds the records and every version of every file, byte for byte, deleted ones too', async () => {
    const { id } = await newClient();
    const deed = await storedDocument(account, 'The quick brown fox', { client_id: id });
    const second = await newVersion(account, deed.id, 'jumps over');
    await sendBytes(second.upload, 'jumps over');
    const case_id = await createCase(id);
    const letter = await storedDocument(account, 'x'.repeat(700_000), { case_id, name: 'Letter.pdf' });
    const empty = await storedDocument(account, '', { client_id: id });
    const deleted = await storedDocument(account, 'gone soon', { client_id: id });
    await account.send(`/documents/${deleted.id}`, { method: 'DELETE' });
    const stranger = await storedDocument(account, 'of another', { client_id: (await newClient()).id });

    const { headers, document, manifest, files } = await downloadArchive(account, id);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="client-${id}.zip"; filename*=UTF-8''client-${id}.zip`,
      'cache-control': 'no-store',
      vary: 'accept',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect([...headers.keys()].filter((name) => name.startsWith('x-freehold-'))).toEqual([]);
    const json = await account.send(`/clients/${id}/export`, { headers: { accept: 'application/json' } });
    expect(document).toStrictEqual({ ...Object(json.body), exported_at: Object(document).exported_at });
    expect([...files].map(([path, { sha256 }]) => [path, sha256]).sort()).toStrictEqual(
      [
        [`files/${deed.id}/1/Deed.pdf`, sha256('The quick brown fox')],
        [`files/${deed.id}/2/Deed.pdf`, sha256('jumps over')],
        [`files/${letter.id}/1/Letter.pdf`, sha256('x'.repeat(700_000))],
        [`files/${empty.id}/1/Deed.pdf`, sha256('')],
        [`files/${deleted.id}/1/Deed.pdf`, sha256('gone soon')],
      ].sort(),
    );
    for (const { path, archived, size, sha256 } of manifest) {
      expect(archived).toBe('included');
      expect(files.get(path ?? '')).toMatchObject({ size, sha256 });
    }
    expect(manifest).toHaveLength(files.size);
    expect(JSON.stringify(document)).not.toContain(stranger.id);
  });

  test('calls files as they may be called anywhere, each at a path of its own', async () => {
    const { id } = await newClient();
    const names = {
      '../../etc/passwd': '_.._etc_passwd',
      '/etc/passwd': '_etc_passwd',
      'C:\\Windows\\x.dll': 'C__Windows_x.dll',
      '..': 'document',
      'nul.txt': '_nul.txt',
      'Übergabe ünd 合同 🏡.pdf': 'Übergabe ünd 合同 🏡.pdf',
      ['🏡'.repeat(100)]: '🏡'.repeat(63),
      'same.pdf': 'same.pdf',
      'same.pdf ': 'same.pdf',
    };
    const paths = [];
    for (const [name, safe] of Object.entries(names)) {
      const document = await storedDocument(account, name, { client_id: id, name });
      paths.push(`files/${document.id}/1/${safe}`);
    }
    const { files } = await downloadArchive(account, id);
    expect([...files.keys()].sort()).toStrictEqual(paths.sort());
  });

  test('names what is missing in the store, and holds all else', async () => {
    const { id } = await newClient();
    const [gone, tampered] = [
      await storedDocument(account, 'gone', { client_id: id }),
      await storedDocument(account, 'tampered with', { client_id: id }),
    ];
    const there = await storedDocument(account, 'there', { client_id: id });
    await bucket.remove(keyOf(gone));
    await bucket.put(keyOf(tampered), 'tampered');
    const { manifest, files } = await downloadArchive(account, id);
    expect([...files.keys()]).toStrictEqual([`files/${there.id}/1/Deed.pdf`]);
    expect(manifest).toMatchObject([
      { document_id: gone.id, archived: 'missing', path: null, sha256: sha256('gone') },
      { document_id: tampered.id, archived: 'missing', path: null },
      { document_id: there.id, archived: 'included' },
    ]);
  });

  test('says of an upload that never came that it is pending, and holds one that was not recorded', async () => {
    const { id } = await newClient();
    const pending = await newDocument(account, 'never', { client_id: id });
    const unrecorded = await storedDocument(account, 'came', { client_id: id });
    const forget = `UPDATE document_versions SET status = 'pending', stored_at = NULL WHERE document_id = ?`;
    await cloud.query((await stackOf(account)).database, forget, unrecorded.id);
    const { manifest, files } = await downloadArchive(account, id);
    expect(manifest).toMatchObject([
      { document_id: pending.id, archived: 'pending', path: null },
      { document_id: unrecorded.id, archived: 'included', status: 'pending' },
    ]);
    expect([...files.values()]).toMatchObject([{ text: 'came' }]);
  });

  test('is one of two files also where a client has none', async () => {
    const { entries } = await downloadArchive(account, (await newClient()).id);
    expect(entries.map(({ name }) => name)).toStrictEqual(['client.json', 'manifest.json']);
  });
});

async function createCase(client_id: string): Promise<string> {
  const answer = await account.send('/cases', { method: 'POST', json: { client_id, title: 'Sale' } });
  expect(answer.status, answer.text).toBe(201);
  return Object(answer.body).id;
}

describe('the form of an export', () => {
  test.each([
    [undefined, 'application/zip'],
    ['*/*', 'application/zip'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/zip'],
    ['application/zip, application/json', 'application/zip'],
    ['application/json;q=0, */*', 'application/zip'],
    ['application/json', 'application/json'],
    ['Application/JSON; charset=utf-8', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/zip;q=0.5, application/json', 'application/json'],
  ])('is for Accept %s: %s', async (accept, type) => {
    const { id } = await newClient();
    for (const form of ADDRESS_FORMS) {
      for (const method of ['GET', 'HEAD']) {
        const headers = accept === undefined ? {} : { accept };
        const answer = await account.send(`/clients/${id}/export`, { method, headers }, form);
        expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, type]);
        expect(answer.headers.get('vary')).toBe('accept');
        if (method === 'HEAD') expect(answer.text).toBe('');
      }
    }
  });
});

describe('an archive is refused, as JSON,', () => {
  test('to whoever may not export, and for a client that is not there', async () => {
    const { id } = await newClient();
    const path = `/clients/${id}/export`;
    for (const role of ['member', 'viewer']) {
      const { access_token: token } = await newSession(account, await newUser(account, role));
      expectRefusal(await account.send(path, { token }), 'FORBIDDEN');
    }
    expectRefusal(await account.send(path, { token: undefined }), 'TOKEN_MISSING');
    const other = await openAccount(platform.instance, 'stranger');
    expectRefusal(await account.send(path, { token: other.session.access_token }), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await other.send(path), 'RECORD_NOT_FOUND');
    expectRefusal(await account.send(`/clients/${randomUUID()}/export`), 'RECORD_NOT_FOUND');
    await account.send(`/clients/${id}/erase`, { method: 'POST' });
    expectRefusal(await account.send(path), 'RECORD_NOT_FOUND');
  });

  test('where a client asks for one in a header of the platform', async () => {
    const headers = { 'x-freehold-file-archive': 'x.zip' };
    const answer = await account.send('/clients', { headers });
    expect(answer.headers.get('content-type')).toBe('application/json');
  });
});

describe('an account Worker that names what is not its own', () => {
  let rogue: OpenAccount;
  let upload: (body: string) => Promise<void>;
  let theirs: Uploaded;

  beforeAll(async () => {
    rogue = await openAccount(platform.instance, 'rogue');
    const { worker } = await stackOf(rogue);
    upload = (body) =>
      cloud.upload(
        worker,
        `export default { fetch() {
          const text = new TextEncoder();
          return new Response(${body}, { headers: { 'x-freehold-file-archive': '../../x"\\u0000.zip' } });
        } }`.replace('\\u0000', ''),
      );
    theirs = await storedDocument(account, 'canary of another account');
  });

  const planOf = (changes: object = {}) => ({
    files: [
      {
        ...{ document_id: theirs.id, version_id: theirs.upload.version_id, version_number: 1 },
        ...{ name: '../../../x', size: 25, sha256: 'a', status: 'stored' },
        ...changes,
      },
    ],
  });
  const lines = (plan: unknown) => JSON.stringify(`${JSON.stringify(plan)}\n{}`);

  test('gets an archive without it', async () => {
    await upload(lines(planOf()));
    const { headers, manifest, files } = await downloadArchive(rogue, randomUUID());
    expect(headers.get('content-disposition')).toContain('filename="_.._x_.zip"');
    expect([...files.keys()]).toStrictEqual([]);
    expect(manifest).toMatchObject([{ archived: 'missing' }]);
  });

  test.each([
    [
      'a path in place of an id',
      () => lines(planOf({ document_id: `../${account.account.id}/${theirs.id}` })),
    ],
    [
      'an account',
      () => lines({ files: [{ ...planOf().files[0], version_id: account.account.id.slice(1) }] }),
    ],
    ['no plan', () => lines({})],
    ['no JSON', () => JSON.stringify('nothing\n{}')],
    ['no line', () => `'x'.repeat(100)`],
    ['no body', () => 'null'],
    ['a longer plan than any', () => `'{"files":[],"x":"' + 'x'.repeat(20_000_000) + '"}\\n{}'`],
    ['more files than any', () => lines({ files: Array(9_001).fill(planOf().files[0]) })],
  ])('gets nothing where it sends %s', async (_what, body) => {
    await upload(body());
    const answer = await rogue.send('/clients/x/export');
    expect([answer.status, Object(answer.body).error?.code]).toStrictEqual([503, 'STACK_UNHEALTHY']);
    expect(answer.text).not.toContain('canary');
  });

  test('and breaks off leaves an archive that nobody takes for whole', async () => {
    const plan = JSON.stringify(`${JSON.stringify({ files: [] })}\n`);
    const breakingAfter = (chunks: number) => `new ReadableStream({
      sent: 0,
      pull(controller) {
        if (this.sent++ === ${chunks}) return controller.error(new Error('broken'));
        controller.enqueue(this.sent === 1 ? text.encode(${plan}) : new Uint8Array(64 * 1024));
      },
    })`;
    await upload(breakingAfter(0));
    expectRefusal(await rogue.send('/clients/x/export'), 'ACCOUNT_UNAVAILABLE');
    await upload(breakingAfter(100));
    await expect(rogue.send('/clients/x/export')).rejects.toThrow('aborted');
    await expect(downloadArchive(rogue, randomUUID())).rejects.toThrow('terminated');
  });
});
