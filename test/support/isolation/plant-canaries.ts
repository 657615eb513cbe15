import { randomUUID } from 'node:crypto';
import { downloadUrl, storedDocument } from '../documents.ts';
import type { OpenAccount } from '../open-account.ts';
import type { Caller } from '../openapi/caller.ts';
import { type JsonSchema, problemsOf, referred, type Schemas } from '../openapi/json-schema.ts';
import { send } from '../send.ts';

/** What was planted in an account: a word that is in every text of it and nowhere else, and where each of them is. */
export class Canary {
  readonly word = `zq${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  readonly planted: { readonly at: string; readonly text: string }[] = [];
  /** Where a text could stand that takes none of ours: `NewClient.addresses.country`. */
  readonly unplanted = new Set<string>();
  #count = 0;

  /** The value with a text of ours wherever the schema leaves the text to the caller. */
  plant(value: unknown, schema: JsonSchema, schemas: Schemas, at: string): unknown {
    if (schema.$ref !== undefined) return this.plant(value, referred(schema.$ref, schemas), schemas, at);
    const choice = schema.anyOf?.find((one) => problemsOf(value, one, schemas).length === 0);
    if (schema['x-reference'] !== undefined) return value;
    if (choice) return this.plant(value, choice, schemas, at);
    if (Array.isArray(value)) return value.map((item) => this.plant(item, schema.items ?? {}, schemas, at));
    if (typeof value === 'string') return this.#plantText(value, schema, schemas, at);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([name, field]) => {
      const inner = schema.properties?.[name] ?? {};
      return [name, this.plant(field, inner, schemas, `${at}.${name}`)];
    });
    return Object.fromEntries(fields);
  }

  #plantText(value: string, schema: JsonSchema, schemas: Schemas, at: string): string {
    if (schema.enum || ['uuid', 'date', 'uri'].includes(schema.format ?? '')) return value;
    const text = `${this.word}${String(++this.#count).padStart(4, '0')}`;
    const tried = [text, `${text}@canary.example`, `application/${text}`];
    const taken = tried.find((one) => problemsOf(one, schema, schemas).length === 0);
    if (taken === undefined) this.unplanted.add(at);
    else this.planted.push({ at, text: taken });
    return taken ?? value;
  }
}

/**
 * Writes by every operation that makes or changes a record, with a canary in each text of the body, and stores a document
 * with one in its name and its bytes.
 */
export async function plantCanaries(account: OpenAccount, caller: Caller, canary: Canary): Promise<void> {
  const { contract } = caller;
  const { schemas } = contract.document.components;
  for (const operation of contract.operations) {
    const schema = contract.bodySchema(operation);
    if (!schema || operation['x-roles'] === undefined) continue;
    const good = await caller.goodRequest(operation, true);
    const json = canary.plant(good.json, schema, schemas, operation.operationId);
    const headers = { 'idempotency-key': `${canary.word}-${operation.operationId}` };
    const answer = await caller.send(operation, { ...good, json, headers });
    if (answer.status >= 300) throw new Error(`${operation.operationId} answered ${answer.text}`);
  }
  const name = `${canary.word}.pdf`;
  const { id } = await storedDocument(account, bytesOf(canary), { name });
  const downloaded = await send(await downloadUrl(account, id));
  if (downloaded.text !== bytesOf(canary)) throw new Error('Other bytes were stored than were sent.');
}

/** The text that stands in the document. */
export function bytesOf({ word }: Canary): string {
  return `In the file: ${word}.`;
}
