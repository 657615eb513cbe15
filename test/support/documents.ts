import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { type AddressForm, type OpenAccount, recordSchema } from './open-account.ts';
import { type Answer, type SendOptions, send } from './send.ts';

export const CONTENT_TYPE = 'application/pdf';

const uploadSchema = z.strictObject({
  document_id: z.uuid(),
  version_id: z.uuid(),
  url: z.url(),
  method: z.literal('PUT'),
  headers: z.strictObject({ 'content-type': z.string() }),
  expires_at: z.int(),
});
export type Upload = z.infer<typeof uploadSchema>;

const newDocumentSchema = recordSchema.extend({ status: z.literal('pending'), upload: uploadSchema });
const newVersionSchema = z.looseObject({ version_number: z.int(), upload: uploadSchema });
const downloadSchema = z.looseObject({ url: z.url(), method: z.literal('GET'), expires_at: z.int() });

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a caller says of a file before sending it. */
export function declared(text: string) {
  return { content_type: CONTENT_TYPE, size: Buffer.byteLength(text), sha256: sha256(text) };
}

/** Asks to upload a text as a new document. */
export async function newDocument(
  account: OpenAccount,
  text: string,
  fields: object = {},
  form: AddressForm = 'path',
) {
  const json = { name: 'Deed.pdf', ...declared(text), ...fields };
  const answer = await account.send('/documents', { method: 'POST', json }, form);
  expect(answer.status, answer.text).toBe(201);
  return newDocumentSchema.parse(answer.body);
}

export async function newVersion(account: OpenAccount, documentId: string, text: string) {
  const path = `/documents/${documentId}/versions`;
  const answer = await account.send(path, { method: 'POST', json: declared(text) });
  expect(answer.status, answer.text).toBe(201);
  return newVersionSchema.parse(answer.body);
}

/** Sends the bytes as the upload says. */
export function sendBytes(upload: Upload, body: string, options: SendOptions = {}): Promise<Answer> {
  return send(upload.url, { method: 'PUT', body, headers: upload.headers, ...options });
}

/** A document whose bytes are there. */
export async function storedDocument(account: OpenAccount, text: string, fields: object = {}) {
  const document = await newDocument(account, text, fields);
  const answer = await sendBytes(document.upload, text);
  expect(answer.status, answer.text).toBe(200);
  return document;
}

export async function downloadUrl(account: OpenAccount, documentId: string, query = ''): Promise<string> {
  const answer = await account.send(`/documents/${documentId}/download${query}`);
  expect(answer.status, answer.text).toBe(200);
  return downloadSchema.parse(answer.body).url;
}
