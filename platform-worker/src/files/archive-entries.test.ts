import { randomUUID } from 'node:crypto';
import { makeZip } from 'client-zip';
import { expect, test } from 'vitest';
import type { ArchivedFile } from '#shared-schema/files/file-archive.ts';
import { type ArchiveOptions, archiveEntries } from './archive-entries.ts';

const ACCOUNT = randomUUID();

const fileOf = (size: number): ArchivedFile => ({
  ...{ document_id: randomUUID(), version_id: randomUUID(), version_number: 1, name: 'x.pdf' },
  ...{ size, sha256: 'a', status: 'stored' },
});

async function* noRecords() {
  yield new TextEncoder().encode('{}');
}

/** A file store that gives these bytes, of objects that say that they have more. */
function bucketOf(text: string, size: number, asked: string[] = []): ArchiveOptions['bucket'] {
  const get = async (key: string) => {
    asked.push(key);
    return { size, body: new Response(text).body };
  };
  return { get } as unknown as ArchiveOptions['bucket']; // all that is read of an object
}

const entriesOf = (bucket: ArchiveOptions['bucket'], files: ArchivedFile[]) =>
  archiveEntries({ bucket, accountId: ACCOUNT, plan: { files }, document: noRecords(), now: 0 });

const failure = expect.objectContaining({ code: 'FILE_STORE_UNAVAILABLE' });

test('a file that ends before its size breaks the archive', async () => {
  const whole = makeZip(entriesOf(bucketOf('123', 3), [fileOf(3)]));
  expect((await new Response(whole).arrayBuffer()).byteLength).toBeGreaterThan(0);
  const broken = makeZip(entriesOf(bucketOf('12', 3), [fileOf(3)]));
  await expect(new Response(broken).arrayBuffer()).rejects.toStrictEqual(failure);
});

test('a file store that fails breaks the archive', async () => {
  const get = () => Promise.reject(new Error('10001'));
  const broken = makeZip(entriesOf({ get }, [fileOf(3)]));
  await expect(new Response(broken).arrayBuffer()).rejects.toStrictEqual(failure);
});

test("each file is asked for below the account's prefix, when the one before has been read", async () => {
  const asked: string[] = [];
  const files = [fileOf(3), fileOf(3)];
  const seen: (string | number)[] = [];
  for await (const { name } of entriesOf(bucketOf('123', 3, asked), files)) seen.push(name, asked.length);
  const [first, second] = files.map(({ document_id, version_id }) => [document_id, version_id]);
  expect(asked).toStrictEqual([first, second].map((ids) => ['accounts', ACCOUNT, ...(ids ?? [])].join('/')));
  const path = (ids: string[] | undefined) => `files/${ids?.[0]}/1/x.pdf`;
  expect(seen).toStrictEqual(['client.json', 0, path(first), 1, path(second), 2, 'manifest.json', 2]);
});
