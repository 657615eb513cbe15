import { createHash } from 'node:crypto';
import * as z from 'zod';
import { pick } from './fault-plan.ts';
import { bookmarkOf, type ModelDatabase } from './model-cloud.ts';
import type { VirtualTime } from './virtual-time.ts';

/** For how long D1 knows an export, and its address is good. */
const EXPORT_KEPT_MS = 60 * 60_000;
/** How long D1 takes over an export or an import, and for how long it knows how an import ended. */
const WORK_MS = [0, 0, 500, 3_000, 45_000];
const ENDED_IMPORT_KEPT_MS = 60_000;
const FILES = 'https://files.test/';

const exportRequestSchema = z.object({ current_bookmark: z.string().optional() });
const importRequestSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('init'), etag: z.string() }),
  z.object({ action: z.literal('ingest'), etag: z.string(), filename: z.string() }),
  z.object({ action: z.literal('poll'), current_bookmark: z.string() }),
]);
const contentSchema = z.object({
  stackId: z.string().nullable(),
  accountId: z.string().nullable(),
  ownerId: z.string().nullable(),
  schemaVersion: z.int(),
  writes: z.int(),
});

interface ModelExport {
  readonly url: string;
  readonly readyAt: number;
}

/** D1's exports and imports as far as operations use them, and the files at their signed addresses. */
export class ModelTransfers {
  /** By the names of databases: the MD5 of the file that was restored into it, and whether its dump was read since. */
  readonly proofs = new Map<string, { readonly md5: string; dumpRead: boolean }>();
  readonly #time: VirtualTime;
  readonly #random: () => number;
  readonly #exports = new Map<string, ModelExport>();
  readonly #imports = new Map<string, 'active' | 'complete' | 'error'>();
  /** By address: what an export wrote with the name of its database, or what was sent there. */
  readonly #files = new Map<string, { readonly text: string; readonly of: string; readonly until: number }>();
  #made = 0;

  constructor(time: VirtualTime, random: () => number) {
    this.#time = time;
    this.#random = random;
  }

  /** `POST /d1/database/{uuid}/export`: begins one of the present moment unless the one that is named is known. */
  export(database: ModelDatabase, body: unknown): object {
    const { current_bookmark: known } = exportRequestSchema.parse(body);
    const bookmark = this.#exports.has(`${database.uuid} ${known}`) ? String(known) : this.#begin(database);
    const { url, readyAt } = this.#exports.get(`${database.uuid} ${bookmark}`) ?? {
      url: '',
      readyAt: Infinity,
    };
    if (readyAt > this.#time.now()) return { at_bookmark: bookmark, status: 'active', success: true };
    const result = { filename: 'dump.sql', signed_url: url };
    return { at_bookmark: bookmark, status: 'complete', success: true, result };
  }

  /** `POST /d1/database/{uuid}/import`. A file is run whole or not at all, some time after it was asked for. */
  import(database: ModelDatabase, body: unknown): object {
    const request = importRequestSchema.parse(body);
    if (request.action === 'poll') return this.#importState(request.current_bookmark);
    const address = `${FILES}${database.uuid}/${request.etag}`;
    const file = this.#files.get(address);
    if (file && md5(file.text) === request.etag) return this.#run(database, file.text);
    if (request.action === 'init') return { filename: request.etag, upload_url: address, success: true };
    return { status: 'error', success: false, error: 'no such file' };
  }

  /** `POST /d1/database/{uuid}/query`: what is asked before an export and before an import. */
  query(database: ModelDatabase, body: unknown): object[] {
    const { batch } = z.object({ batch: z.array(z.object({ sql: z.string() })) }).parse(body);
    return batch.map(({ sql }) => {
      if (sql.includes('COUNT(*) AS tables'))
        return { results: [{ tables: database.schemaVersion > 0 ? 2 : 0 }] };
      if (sql.includes('pragma_table_info')) {
        return { results: [{ table_name: 'content', column_name: 'body', type: 'TEXT' }] };
      }
      if (sql.includes('AS "body"')) return { results: [{ body: 0 }] };
      throw new TypeError(`The model cloud does not know ${sql}.`);
    });
  }

  /** A signed address: a dump is read, or a file sent. */
  serve(method: string, url: string, text: string): Response {
    if (method === 'PUT') {
      this.#files.set(url, { text, of: '', until: this.#time.now() + EXPORT_KEPT_MS });
      return new Response(null);
    }
    const file = this.#files.get(url);
    if (!file || file.until < this.#time.now()) return new Response(null, { status: 403 });
    const proof = this.proofs.get(file.of);
    if (proof) proof.dumpRead = true;
    return new Response(streamOf(new TextEncoder().encode(file.text)));
  }

  #begin(database: ModelDatabase): string {
    const bookmark = bookmarkOf(database.writes);
    this.#made += 1;
    const url = `${FILES}${this.#made}`;
    const readyAt = this.#time.now() + pick(this.#random, WORK_MS);
    const until = readyAt + EXPORT_KEPT_MS;
    this.#files.set(url, { text: dumpOf(database), of: database.name, until });
    this.#exports.set(`${database.uuid} ${bookmark}`, { url, readyAt });
    this.#time.after(until - this.#time.now(), () => this.#exports.delete(`${database.uuid} ${bookmark}`));
    return bookmark;
  }

  #importState(bookmark: string): object {
    const status = this.#imports.get(bookmark) ?? 'error';
    return {
      at_bookmark: bookmark,
      status,
      success: status !== 'error',
      ...(status === 'error' && { error: 'no' }),
    };
  }

  #run(database: ModelDatabase, text: string): object {
    this.#made += 1;
    const bookmark = `import-${this.#made}`;
    this.#imports.set(bookmark, 'active');
    const end = () => {
      this.#imports.set(bookmark, this.#restore(database, text));
      this.#time.after(ENDED_IMPORT_KEPT_MS, () => this.#imports.delete(bookmark));
    };
    const takes = pick(this.#random, WORK_MS);
    if (takes === 0) end();
    else this.#time.after(takes, end);
    return this.#importState(bookmark);
  }

  #restore(database: ModelDatabase, text: string): 'complete' | 'error' {
    // Its tables are there already.
    if (database.schemaVersion > 0) return 'error';
    const body = /^INSERT INTO "content" VALUES\('(.*)'\);$/m.exec(text)?.[1];
    if (body !== undefined) Object.assign(database, contentSchema.parse(JSON.parse(body)));
    this.proofs.set(database.name, { md5: md5(text), dumpRead: false });
    return 'complete';
  }
}

/** What a database holds as SQL. */
export function dumpOf(database: ModelDatabase): string {
  if (database.schemaVersion === 0) return 'PRAGMA defer_foreign_keys=TRUE;';
  const body = JSON.stringify(contentSchema.parse(database));
  return [
    'PRAGMA defer_foreign_keys=TRUE;',
    'CREATE TABLE "content" (body TEXT);',
    `INSERT INTO "content" VALUES('${body}');`,
    'CREATE INDEX "content_body" ON "content" (body);',
  ].join('\n');
}

/** A stream that takes no real time. */
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
