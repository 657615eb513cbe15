import * as z from 'zod';
import { READ_LEDGER_SQL } from '#shared-schema/migrations/migration.ts';
import { NAMESPACE, ZONE_ID } from './driver-platform.ts';
import type { FaultWorld } from './fault-world.ts';
import type { Order } from './orders.ts';
import type { Expected } from './scenarios.ts';

type Row = Readonly<Record<string, unknown>>;

export interface Look {
  readonly problems: string[];
  /** Databases and Workers of a stack that are there more than once, and accounts of a slug. */
  readonly duplicates: number;
  /** Of our names and custom hostnames in the cloud, what the registry does not have. */
  readonly orphans: number;
}

const uuidSchema = z.array(
  z.object({ uuid: z.string(), name: z.string(), jurisdiction: z.string().nullable() }),
);
/** As many as Cloudflare gives. */
const HOSTNAMES_PER_PAGE = 50;
const hostnamesSchema = z.array(z.object({ id: z.string(), hostname: z.string() }));
const scriptsSchema = z.array(z.object({ id: z.string() }));
const bindingsSchema = z.array(z.looseObject({ type: z.string(), id: z.string().optional() }));

/** What the cloud and the registry hold, read past everything that the platform has for reading them. */
export async function look(world: FaultWorld, order: Order, expected: Expected): Promise<Look> {
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const registry = (sql: string) => query(world, world.place.registryId, sql);
  const operations = await registry(`SELECT * FROM operations ORDER BY id`);
  const { account, stacks } = await subjectOf(registry, order, expected);

  const its = operations.filter(
    ({ kind, account_id, stack_id }) =>
      kind === expected.kind && (account ? account_id === account.id : stack_id === stacks[0]?.id),
  );
  must(its.length === 1, `${its.length} operations ${expected.kind}`);
  for (const operation of its) {
    const { fails = null } = expected;
    const code = operation.error === null ? null : Object(JSON.parse(String(operation.error))).code;
    const status = fails === null ? 'succeeded' : 'failed';
    must(
      operation.status === status && code === fails,
      `the operation is ${operation.status}: ${operation.error}`,
    );
    must(operation.input === '{}' || fails !== null, 'the operation keeps its input');
    const events = await registry(
      `SELECT id FROM events WHERE action = '${expected.kind}.${status}' AND json_extract(after, '$.operation_id') = '${operation.id}'`,
    );
    must(events.length === 1, `${events.length} events of its end`);
  }
  const others = operations.filter((one) => account && one.account_id === account.id && !its.includes(one));
  must(
    others.every(({ status }) => status === 'succeeded'),
    'another operation has not succeeded',
  );
  must((account?.status ?? null) === expected.account, `the account is ${account?.status}`);
  must(
    stacks.map(({ status }) => status).join() === expected.stacks.join(),
    `stacks ${stacks.map(({ status }) => status)}`,
  );
  if (account && order.kind === 'change-slug')
    must(account.slug === order.body?.slug, 'the slug is the old one');
  if (account && order.kind === 'add-hostname') {
    const names = await registry(`SELECT hostname FROM hostnames WHERE account_id = '${account.id}'`);
    must(names.map(({ hostname }) => hostname).join() === order.body?.hostname, 'it has not the hostname');
  }
  if (account && order.kind === 'delete') must(account.purge_after !== null, 'no purge is due');
  if (account && ['export', 'delete'].includes(order.kind)) {
    const exports = await registry(`SELECT status FROM exports WHERE id = '${its[0]?.id}'`);
    must(exports.map(({ status }) => status).join() === 'verified', 'no verified export');
  }

  const databases = await api(world, '/d1/database?per_page=10000', uuidSchema);
  const scripts = await api(world, `/workers/dispatch/namespaces/${NAMESPACE}/scripts`, scriptsSchema);
  for (const stack of stacks) {
    const name = `fh-${stack.id}`;
    const held = databases.filter((database) => database.name === name);
    const workers = scripts.filter(({ id }) => id === name);
    const lives = expected.account !== 'deleted';
    must(held.length === (lives ? 1 : 0), `${held.length} databases ${name}`);
    must(workers.length === (lives ? 1 : 0), `${workers.length} Workers ${name}`);
    const [database] = held;
    if (!lives || database === undefined) continue;
    must(database.uuid === stack.database_id, 'the registry knows another database');
    must(database.jurisdiction === stack.residency, 'the database lies elsewhere');
    const path = `/workers/dispatch/namespaces/${NAMESPACE}/scripts/${name}/bindings`;
    const bindings = await api(world, path, bindingsSchema);
    const bound = bindings.filter(({ type }) => type === 'd1');
    must(bound.length === 1 && bound[0]?.id === database.uuid, 'the Worker is not bound to its database');
    const release = bindings.find((binding) => binding.name === 'RELEASE_ID')?.text;
    must(release === stack.release_id, `the Worker is of release ${release}`);
    const [identity] = await query(world, database.uuid, 'SELECT * FROM stack_identity');
    must(identity?.stack_id === stack.id, 'the database is of another stack');
    must((identity?.account_id ?? null) === stack.account_id, 'the database is of another account');
    const ledger = await query(world, database.uuid, READ_LEDGER_SQL);
    must(ledger.length === new Set(ledger.map((row) => row.name)).size, 'a migration ran twice');
    must(ledger.length > 0 && stack.observed_schema_version !== null, 'the schema was not seen');
    must(stack.observed_release_id === stack.release_id, 'another release was seen');
    const owners = await query(world, database.uuid, 'SELECT id FROM users');
    must(owners.length === (account ? 1 : 0), `${owners.length} owners`);
    if (order.kind === 'clone') {
      const whose = await query(
        world,
        database.uuid,
        'SELECT account_id FROM users UNION SELECT account_id FROM documents',
      );
      must(whose.map((row) => row.account_id).join() === account?.id, 'a record is of another account');
      for (const id of [order.sourceId, String(account?.id)]) {
        const { objects } = await world.own.platform.env.FILES.list({ prefix: `accounts/${id}/` });
        must(objects.length === 2, `${objects.length} files of ${id}`);
      }
    }
    if (expected.absentTable && stack.status === 'serving') {
      const tables = await query(
        world,
        database.uuid,
        `SELECT name FROM sqlite_schema WHERE name = '${expected.absentTable}'`,
      );
      must(tables.length === 0, 'the database was not restored');
    }
  }
  const seen = await strays(registry, databases, scripts);
  return { problems, ...seen, orphans: seen.orphans + (await strayHostnames(world, registry, must)) };
}

/** Custom hostnames that the registry does not have; it must have no others. */
async function strayHostnames(
  world: FaultWorld,
  registry: (sql: string) => Promise<Row[]>,
  must: (holds: boolean, problem: string) => void,
): Promise<number> {
  const rows = await registry(`SELECT custom_hostname_id AS id, hostname FROM hostnames`);
  const held: z.infer<typeof hostnamesSchema> = [];
  for (let page = 1, more = true; more; page += 1) {
    const path = `/zones/${ZONE_ID}/custom_hostnames?per_page=${HOSTNAMES_PER_PAGE}&page=${page}`;
    const listed = await api(world, path, hostnamesSchema);
    held.push(...listed);
    more = listed.length === HOSTNAMES_PER_PAGE;
  }
  const key = ({ id, hostname }: Row) => `${id} ${hostname}`;
  const [known, there] = [new Set(rows.map(key)), new Set(held.map(key))];
  must(
    [...known].every((one) => there.has(one)),
    'the registry knows a hostname that Cloudflare has not',
  );
  return [...there].filter((one) => !known.has(one)).length;
}

/** Over the whole cloud: what is there twice, and what nobody knows. */
async function strays(
  registry: (sql: string) => Promise<Row[]>,
  databases: readonly { readonly uuid: string; readonly name: string }[],
  scripts: readonly { readonly id: string }[],
): Promise<{ duplicates: number; orphans: number }> {
  const rows = await registry(
    `SELECT stacks.id, database_id, accounts.status FROM stacks LEFT JOIN accounts ON accounts.id = account_id`,
  );
  const known = new Map(
    rows.filter(({ status }) => status !== 'deleted').map((row) => [`fh-${row.id}`, row.database_id]),
  );
  const ours = databases.filter(({ name }) => name.startsWith('fh-'));
  const names = ours.map(({ name }) => name);
  const [doubled] = await registry(
    `SELECT (SELECT COUNT(*) - COUNT(DISTINCT body ->> '$.slug') FROM accounts) + (SELECT COUNT(*) FROM (SELECT 1 FROM stacks
     WHERE account_id IS NOT NULL AND status <> 'retired' GROUP BY account_id HAVING COUNT(*) > 1)) AS n`,
  );
  return {
    duplicates: Number(doubled?.n) + names.length - new Set(names).size,
    orphans:
      ours.filter(({ name, uuid }) => known.get(name) !== uuid).length +
      scripts.filter(({ id }) => !known.has(id)).length,
  };
}

async function subjectOf(
  registry: (sql: string) => Promise<Row[]>,
  order: Order,
  expected: Expected,
): Promise<{ account: Row | undefined; stacks: Row[] }> {
  if (expected.account === null) {
    const stacks = await registry('SELECT * FROM stacks WHERE account_id IS NULL ORDER BY id DESC LIMIT 1');
    return { account: undefined, stacks };
  }
  const which =
    order.kind === 'signup' || order.kind === 'clone'
      ? `slug = '${order.slug}'`
      : `id = '${Reflect.get(order, 'accountId')}'`;
  const [account] = await registry(`SELECT id, slug, status, purge_after FROM accounts WHERE ${which}`);
  return {
    account,
    stacks: await registry(`SELECT * FROM stacks WHERE account_id = '${account?.id}' ORDER BY id`),
  };
}

async function query(world: FaultWorld, databaseId: string, sql: string): Promise<Row[]> {
  const schema = z.array(z.object({ results: z.array(z.record(z.string(), z.unknown())) }));
  const [answer] = await api(world, `/d1/database/${databaseId}/query`, schema, JSON.stringify({ sql }));
  return answer?.results ?? [];
}

async function api<Result>(
  { place }: FaultWorld,
  path: string,
  schema: z.ZodType<Result>,
  body?: string,
): Promise<Result> {
  const below = path.startsWith('/zones/') ? '' : `/accounts/${place.accountId}`;
  const response = await fetch(`${place.apiUrl}${below}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${place.apiToken}`, 'content-type': 'application/json' },
    body: body ?? null,
  });
  return schema.parse(Object(await response.json()).result);
}
