import { type Answer, type SentHeaders, send } from '../send.ts';
import type { Contract, DocumentedOperation } from './contract.ts';
import type { JsonSchema } from './json-schema.ts';
import { sampleOf } from './sample.ts';

/** A request of an operation. */
export interface OperationRequest {
  /** What stands for `{id}`. */
  readonly id?: string;
  /** What stands for other names in braces. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: SentHeaders;
  readonly json?: unknown;
  readonly body?: string;
  readonly token?: string | undefined;
}

/** What a document cannot say: passwords, tokens, ids of what already is. By operation. */
export type Knowledge = Readonly<Record<string, () => OperationRequest | Promise<OperationRequest>>>;

export interface CallerOptions {
  readonly contract: Contract;
  readonly url: string;
  readonly token: string;
  readonly knowledge: Knowledge;
}

/** Sends a request of the operation to an address that may be another than the document's own. */
export function sendOperation(
  url: string,
  { path, method }: DocumentedOperation,
  { id = '', path: named, query = {}, headers = {}, json, body, token }: OperationRequest,
): Promise<Answer> {
  const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => named?.[name] ?? id);
  const search = Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : '';
  return send(`${url}${place}${search}`, {
    ...{ method, headers, token },
    ...(json !== undefined && { json }),
    ...(body !== undefined && { body }),
  });
}

/** Sends what a document says that may be sent. */
export class Caller {
  readonly contract: Contract;
  readonly #options: CallerOptions;
  readonly #ids = new Map<string, string>();

  constructor(options: CallerOptions) {
    this.contract = options.contract;
    this.#options = options;
  }

  /** With the token where the operation asks for one. */
  async send(operation: DocumentedOperation, request: OperationRequest = {}): Promise<Answer> {
    const id = request.id ?? (await this.#idOfParent(operation));
    const needed = operation.security.length > 0 ? this.#options.token : undefined;
    return sendOperation(this.#options.url, operation, { token: needed, ...request, id });
  }

  /** A request that the operation must take, on a record of its own. */
  async goodRequest(operation: DocumentedOperation, all = false): Promise<OperationRequest> {
    const known = await this.#options.knowledge[operation.operationId]?.();
    const collection = /^(.*?)\/\{id\}/.exec(operation.path)?.[1];
    const id = known?.id ?? (collection === undefined ? undefined : await this.#create(collection));
    const json = known?.json ?? (await this.#goodBody(operation, all));
    return { ...(id !== undefined && { id }), ...(json !== undefined && { json }), ...known };
  }

  /** Of a path that goes on behind `{id}`, the record that it goes on from. */
  async #idOfParent(operation: DocumentedOperation): Promise<string> {
    const collection = /^(.*?)\/\{id\}\//.exec(operation.path)?.[1];
    return collection === undefined ? '' : this.#idIn(collection);
  }

  async #goodBody(operation: DocumentedOperation, all: boolean): Promise<unknown> {
    const schema = this.contract.bodySchema(operation);
    if (!schema) return undefined;
    const sample = Object(await this.#sample(schema, all));
    return { ...sample, ...Object(operation.requestBody?.content['application/json']?.example) };
  }

  #sample(schema: JsonSchema, all: boolean): Promise<unknown> {
    const { schemas } = this.contract.document.components;
    return sampleOf(schema, { schemas, all, idOf: (collection) => this.#idIn(collection) });
  }

  /** The id of one record of the collection, the same each time. */
  async #idIn(collection: string): Promise<string> {
    const id = this.#ids.get(collection) ?? (await this.#create(collection));
    this.#ids.set(collection, id);
    return id;
  }

  async #create(collection: string): Promise<string> {
    const create = this.contract.operations.find(
      ({ path, method }) => path === collection && method === 'POST',
    );
    if (!create) throw new Error(`Nothing tells how to make a record of ${collection}.`);
    const answer = await this.send(create, await this.goodRequest(create));
    const { id } = Object(answer.body);
    if (typeof id !== 'string') throw new Error(`POST ${collection} answered ${answer.text}`);
    return id;
  }
}
