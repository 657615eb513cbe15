import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { downloadArchive } from './support/client-archive.ts';
import { downloadUrl, newDocument } from './support/documents.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';

const MEGABYTE = 1000 * 1000;
const FILE_BYTES = 50 * MEGABYTE;
const CHUNK = Buffer.alloc(64 * 1024, 7);
const FILES = 7;
/**
 * Most that the process may grow by while 1,750 MB pass through it. What it does grow by is garbage: of the local file store,
 * which is JavaScript, and of an archive's bytes, which pass through JavaScript for their checksums. It stays the same
 * however many files follow, later garbage than usual on a busy machine included, and is less than the 700 MB that the two
 * archives hold which are made at once.
 */
const GROWTH_LIMIT_BYTES = 500 * MEGABYTE;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'heavy');
});
afterAll(() => platform?.stop());

function* chunks(): Generator<Buffer> {
  for (let left = FILE_BYTES; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, left);
}

/** The resident memory of the workerd that this process started, in bytes. */
function runtimeMemory(): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const ours = status.includes(`\nPPid:\t${process.pid}\n`) && /^Name:\tworkerd/.test(status);
      if (ours) return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    } catch (error) {
      // A process that ends while it is read is none of ours.
      if (!(error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))))
        throw error;
    }
  }
  throw new Error('This process started no workerd.');
}

async function watchMemory<T>(work: Promise<T>): Promise<{ result: T; peak: number }> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, runtimeMemory());
  }, 10);
  try {
    return { result: await work, peak };
  } finally {
    clearInterval(timer);
  }
}

async function sendFile(url: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, path: pathname, method: 'PUT' };
    const outgoing = request(
      { ...options, headers: { ...headers, 'content-length': FILE_BYTES } },
      (incoming) => text(incoming).then(() => resolve(incoming.statusCode ?? 0), reject),
    );
    outgoing.on('error', reject);
    void (async () => {
      for (const chunk of chunks()) {
        if (!outgoing.write(chunk)) await new Promise((drained) => outgoing.once('drain', drained));
      }
      outgoing.end();
    })();
  });
}

async function download(url: string): Promise<string> {
  const hash = createHash('sha256');
  const { body } = await fetch(url);
  for await (const chunk of body ?? []) hash.update(chunk);
  return hash.digest('hex');
}

test.runIf(process.platform === 'linux')(
  'files of 50 MB go up and down, one after another, at once and in one archive, without lying in memory',
  async () => {
    const hash = createHash('sha256');
    for (const chunk of chunks()) hash.update(chunk);
    const sha256 = hash.digest('hex');
    const client = await account.createClient({ kind: 'company', company_name: 'Heavy' });
    const before = runtimeMemory();
    const grown = (peak: number) => Math.round((peak - before) / MEGABYTE);
    const peaks: number[] = [];
    for (const atOnce of [1, 1, 1, FILES - 3]) {
      const documents = await Promise.all(
        Array.from({ length: atOnce }, () =>
          newDocument(account, '', { size: FILE_BYTES, sha256, client_id: client.id }),
        ),
      );
      const up = await watchMemory(
        Promise.all(documents.map(({ upload }) => sendFile(upload.url, upload.headers))),
      );
      expect(new Set(up.result)).toEqual(new Set([200]));
      const urls = await Promise.all(documents.map(({ id }) => downloadUrl(account, id)));
      const down = await watchMemory(Promise.all(urls.map(download)));
      expect(new Set(down.result)).toEqual(new Set([sha256]));
      peaks.push(up.peak, down.peak);
    }
    for (const atOnce of [1, 2]) {
      const archives = Array.from({ length: atOnce }, () => downloadArchive(account, client.id));
      const { result, peak } = await watchMemory(Promise.all(archives));
      const files = result.flatMap((archive) => [...archive.files.values()]);
      expect(files.map((file) => file.sha256)).toEqual(Array(FILES * atOnce).fill(sha256));
      peaks.push(peak);
    }
    console.log(
      `workerd: ${Math.round(before / MEGABYTE)} MB before; ${FILES} files of 50 MB up and down, and as archives of all: ${peaks.map((peak) => `+${grown(peak)}`).join(', ')} MB`,
    );
    expect(Math.max(...peaks) - before).toBeLessThan(GROWTH_LIMIT_BYTES);
  },
  120_000,
);
