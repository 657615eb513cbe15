import type {
  DatabaseExportResponse,
  DatabaseImportResponse,
} from 'cloudflare/resources/d1/database/database';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** The longest one call of an export or import may take: 60 seconds. The engine holds the lease meanwhile. */
export const TRANSFER_CALL_TIMEOUT_MS = 60_000;

/** An export of the moment `bookmark`. `url` leads to the dump for an hour; null while it is made. */
export interface ExportState {
  readonly bookmark: string;
  readonly url: string | null;
}

/** How far an import is. `failed` undid itself: nothing of the file is in the database. */
export type ImportState =
  | { readonly state: 'awaits-file'; readonly filename: string; readonly uploadUrl: string }
  | { readonly state: 'running'; readonly bookmark: string }
  | { readonly state: 'complete' }
  | { readonly state: 'failed'; readonly reason: string };

/** Error: `CLOUDFLARE_UNAVAILABLE` where D1 could not make it. It says why only in words, so it is worth another try. */
export function toExportState(answer: DatabaseExportResponse): ExportState {
  const { at_bookmark: bookmark, error, result, status } = answer;
  if (status === 'error' || bookmark === undefined) {
    throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { context: { export: error ?? null } });
  }
  return { bookmark, url: (status === 'complete' && result?.signed_url) || null };
}

/** `init` answers as `ingest` does where D1 has the file already (wrangler's `d1/execute.ts`, November 2026). */
export function toImportState(answer: DatabaseImportResponse): ImportState {
  const { at_bookmark: bookmark, error, filename, status, upload_url: uploadUrl } = answer;
  if (filename !== undefined && uploadUrl !== undefined) return { state: 'awaits-file', filename, uploadUrl };
  if (status === 'complete') return { state: 'complete' };
  if (status === 'error' || bookmark === undefined) return { state: 'failed', reason: error ?? 'not said' };
  return { state: 'running', bookmark };
}
