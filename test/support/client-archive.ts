import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import * as z from 'zod';
import type { OpenAccount } from './open-account.ts';
import { readZip, type ZipEntry } from './zip-archive.ts';

const manifestSchema = z.strictObject({
  files: z.array(
    z.strictObject({
      ...{ document_id: z.uuid(), version_id: z.uuid(), version_number: z.int(), name: z.string() },
      ...{ size: z.int(), sha256: z.string(), status: z.enum(['pending', 'stored']) },
      path: z.string().nullable(),
      archived: z.enum(['included', 'missing', 'pending']),
    }),
  ),
});

export interface ClientArchive {
  readonly headers: Headers;
  readonly entries: readonly ZipEntry[];
  readonly document: unknown;
  readonly manifest: z.infer<typeof manifestSchema>['files'];
  /** The files alone, by path. */
  readonly files: ReadonlyMap<string, ZipEntry>;
}

/** Downloads an export to the disk and reads it there. Throws where it breaks off. */
export async function downloadArchive(account: OpenAccount, clientId: string): Promise<ClientArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-archive-'));
  try {
    const path = join(folder, 'archive.zip');
    const { status, headers, body } = await fetch(`${account.url('path')}/clients/${clientId}/export`, {
      headers: { authorization: `Bearer ${account.session.access_token}` },
    });
    expect(status).toBe(200);
    await pipeline(body ?? [], createWriteStream(path));
    return openArchive(headers, await readZip(path));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function openArchive(headers: Headers, entries: readonly ZipEntry[]): ClientArchive {
  const [first, last] = [entries.at(0), entries.at(-1)];
  expect([first?.name, last?.name]).toStrictEqual(['client.json', 'manifest.json']);
  const files = new Map(entries.slice(1, -1).map((entry) => [entry.name, entry]));
  expect(files.size, 'no two entries have one name').toBe(entries.length - 2);
  return {
    ...{ headers, entries, files },
    document: JSON.parse(first?.text ?? ''),
    manifest: manifestSchema.parse(JSON.parse(last?.text ?? '')).files,
  };
}
