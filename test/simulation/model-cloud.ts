import { QuotaModel } from '#test/support/quota-model.ts';
import { ModelTransfers } from './model-transfers.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface ModelDatabase {
  readonly uuid: string;
  readonly name: string;
  readonly jurisdiction: string | null;
  readonly madeAt: number;
  /** What the account Workers wrote into it. */
  stackId: string | null;
  accountId: string | null;
  ownerId: string | null;
  schemaVersion: number;
  /** How often somebody wrote into it; a bookmark is the number. */
  writes: number;
}

export interface ModelScript {
  readonly name: string;
  readonly databaseId: string;
  readonly texts: Readonly<Record<string, string>>;
}

export interface ModelHostname {
  readonly id: string;
  readonly hostname: string;
  readonly madeAt: number;
}

export interface ScriptMetadata {
  readonly bindings: readonly {
    readonly type: string;
    readonly name: string;
    readonly database_id?: string;
    readonly text?: string;
  }[];
}

const DATABASES = /^\/accounts\/[^/]+\/d1\/database$/;
const DATABASE =
  /^\/accounts\/[^/]+\/d1\/database\/([^/]+)(\/(?:time_travel\/(?:bookmark|restore)|export|import|query))?$/;
const HOSTNAMES = /^\/zones\/[^/]+\/custom_hostnames$/;
const HOSTNAME = /^\/zones\/[^/]+\/custom_hostnames\/([^/]+)$/;
const SCRIPT = /^\/accounts\/[^/]+\/workers\/dispatch\/namespaces\/[^/]+\/scripts\/([^/]+)$/;

/** What is in the cloud, and the Cloudflare API on it, as far as operations use it. Names of databases are unique. */
export class ModelCloud {
  readonly databases = new Map<string, ModelDatabase>();
  readonly scripts = new Map<string, ModelScript>();
  readonly hostnames = new Map<string, ModelHostname>();
  readonly quota = new QuotaModel();
  readonly transfers: ModelTransfers;
  /** The names of databases that were deleted. */
  readonly deleted = new Set<string>();
  readonly #now: () => number;
  readonly #listLagMs: number;
  #made = 0;

  constructor(time: VirtualTime, listLagMs: number, random: () => number) {
    this.#now = time.now;
    this.transfers = new ModelTransfers(time, random);
    this.#listLagMs = listLagMs;
  }

  /** One API call takes effect. */
  answer(method: string, url: URL, body: unknown): Response {
    const path = url.pathname.replace(/^\/client\/v4/, '');
    if (DATABASES.test(path) && method === 'POST') return this.#createDatabase(body);
    if (DATABASES.test(path) && method === 'GET') return this.#listDatabases(url.searchParams.get('name'));
    const script = SCRIPT.exec(path)?.[1];
    if (script && method === 'PUT') return this.#upload(script, body as ScriptMetadata); // what our own form sends
    if (script && method === 'DELETE')
      return this.scripts.delete(script) ? success(null) : failure(404, 10_007);
    if (HOSTNAMES.test(path) && method === 'POST') return this.#createHostname(body);
    if (HOSTNAMES.test(path) && method === 'GET') return this.#listHostnames(url.searchParams);
    const hostnameId = HOSTNAME.exec(path)?.[1];
    if (hostnameId && method === 'DELETE')
      return this.hostnames.delete(hostnameId) ? success({ id: hostnameId }) : failure(404, 1436);
    const [, uuid, below] = DATABASE.exec(path) ?? [];
    if (uuid) return this.#answerDatabase(`${method} ${below ?? ''}`, uuid, url, body);
    throw new TypeError(`The model cloud does not know ${method} ${path}.`);
  }

  /** Of the database or hostname in an address, the name. */
  nameIn(url: URL): string | undefined {
    const path = url.pathname.replace(/^\/client\/v4/, '');
    const [, uuid = ''] = DATABASE.exec(path) ?? [];
    const [, hostnameId = ''] = HOSTNAME.exec(path) ?? [];
    return this.databases.get(uuid)?.name ?? this.hostnames.get(hostnameId)?.hostname.split('.')[0];
  }

  #answerDatabase(call: string, uuid: string, url: URL, body: unknown): Response {
    const database = this.databases.get(uuid);
    if (!database) return failure(404, 7404);
    const { name, jurisdiction, writes } = database;
    switch (call) {
      case 'GET ':
        return success({ uuid, name, jurisdiction });
      case 'DELETE ':
        this.databases.delete(uuid);
        this.deleted.add(name);
        return success(null);
      case 'GET /time_travel/bookmark':
        return success({ bookmark: bookmarkOf(writes) });
      case 'POST /time_travel/restore':
        database.writes = Number.parseInt(url.searchParams.get('bookmark') ?? '', 16);
        return success({
          bookmark: bookmarkOf(database.writes),
          previous_bookmark: bookmarkOf(writes),
          message: '',
        });
      case 'POST /export':
        return success(this.transfers.export(database, body));
      case 'POST /import':
        return success(this.transfers.import(database, body));
      case 'POST /query':
        return success(this.transfers.query(database, body));
      default:
        throw new TypeError(`The model cloud does not know ${call}.`);
    }
  }

  #createDatabase(body: unknown): Response {
    const { name, jurisdiction = null } = body as { name: string; jurisdiction?: string }; // what the SDK sends
    if ([...this.databases.values()].some((database) => database.name === name)) {
      return failure(400, 7502);
    }
    this.#made += 1;
    const uuid = `dddddddd-0000-4000-8000-${this.#made.toString(16).padStart(12, '0')}`;
    const empty = { stackId: null, accountId: null, ownerId: null, schemaVersion: 0, writes: 0 };
    this.databases.set(uuid, { uuid, name, jurisdiction, madeAt: this.#now(), ...empty });
    return success({ uuid, name, jurisdiction });
  }

  #listDatabases(name: string | null): Response {
    const shown = [...this.databases.values()].filter(
      (database) =>
        (name === null || database.name.includes(name)) && database.madeAt + this.#listLagMs <= this.#now(),
    );
    return success(shown.map(({ uuid, name, jurisdiction }) => ({ uuid, name, jurisdiction })));
  }

  #createHostname(body: unknown): Response {
    const { hostname } = body as { hostname: string }; // what the SDK sends
    if ([...this.hostnames.values()].some((held) => held.hostname === hostname)) return failure(409, 1406);
    this.#made += 1;
    const id = `eeeeeeee-0000-4000-8000-${this.#made.toString(16).padStart(12, '0')}`;
    this.hostnames.set(id, { id, hostname, madeAt: this.#now() });
    return success({ id, hostname, status: 'pending' });
  }

  #listHostnames(query: URLSearchParams): Response {
    const exact = query.get('hostname.exact') ?? query.get('hostname[exact]');
    const shown = [...this.hostnames.values()].filter(
      ({ hostname, madeAt }) => hostname === exact && madeAt + this.#listLagMs <= this.#now(),
    );
    return success(shown.map(({ id, hostname }) => ({ id, hostname, status: 'pending' })));
  }

  #upload(name: string, { bindings }: ScriptMetadata): Response {
    const databaseId = bindings.find(({ type }) => type === 'd1')?.database_id ?? '';
    if (!this.databases.has(databaseId)) return failure(400, 10021);
    const texts = bindings.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]]));
    this.scripts.set(name, { name, databaseId, texts: Object.fromEntries(texts) });
    return success({ id: name });
  }
}

/** D1's name for a database in which somebody has written so often. */
export function bookmarkOf(writes: number): string {
  const times = writes.toString(16).padStart(8, '0');
  return `${times}-00000000-00000000-${'0'.repeat(32)}`;
}

function success(result: unknown): Response {
  return Response.json({ success: true, errors: [], messages: [], result });
}

/** An answer of the API that says no. */
export function failure(status: number, code: number, headers: Record<string, string> = {}): Response {
  const errors = [{ code, message: 'no' }];
  return Response.json({ success: false, errors, messages: [], result: null }, { status, headers });
}
