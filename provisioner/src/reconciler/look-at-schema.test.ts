import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSchema } from '#provisioner/cli/build/read-schema.ts';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import {
  beginOn,
  type Provisioning,
  RELEASE_ID,
  runToEnd,
  startProvisioning,
} from '#test/support/provisioning.ts';
import { makeStack, openFindingKinds, surveyLater } from '#test/support/surveyed-world.ts';
import type { SurveyPorts } from './survey-ports.ts';

const LATER_ID = 'fedcba9876543210';
const SQL =
  'CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL) STRICT; CREATE INDEX notes_by_id ON notes (id);';

let world: Provisioning;

beforeAll(async () => {
  world = await startProvisioning();
});
afterAll(() => world[Symbol.asyncDispose]());

const ownBundle = () => world.ports.releases.bundle(RELEASE_ID);

/** The present release with one migration more. */
async function laterBundle(): Promise<ReleaseBundle> {
  const own = await ownBundle();
  const migrations = [
    ...own.migrations,
    { name: '0900_create_notes.sql', sql: SQL, checksum: await sha256Hex(SQL) },
  ];
  return { ...own, schema_version: 900, migrations, schema: await readSchema(migrations) };
}

const portsWith = (bundle: SurveyPorts['releases']['bundle']): SurveyPorts => ({
  ...world.surveyPorts,
  releases: { bundle },
});

it('takes a database that was exported and restored for what it was', async () => {
  const account = await makeStack(world);
  const exportId = await beginOn(world, { ...account, operationId: '' }, 'export');
  await runToEnd(world, exportId);
  const row = await world.registry.prepare('SELECT * FROM exports WHERE id = ?').bind(exportId).first();
  const { object_key, md5, stack_id: source_stack_id } = row ?? expect.fail('no export');
  const input = { export_id: exportId, object_key, md5, source_stack_id };
  const restore = { ...account, operationId: '' };
  await runToEnd(world, await beginOn(world, restore, 'restore-export', input, { beside: true }));
  expect(await surveyLater(world)).toMatchObject({ looked_into: 1, schemas_compared: 1, open: {} });
});

it('compares a schema that is ahead of its release with that of the release which it is of', async () => {
  const { stackId, name, databaseId } = await makeStack(world);
  const [own, later] = [await ownBundle(), await laterBundle()];
  const ports = portsWith(async (id) => (id === LATER_ID ? later : own));
  await world.registry
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 900, 0, 1)')
    .bind(LATER_ID)
    .run();
  const migrations = later.migrations.map(({ name, sql }) => ({ name, sql }));
  await world.ports.accountWorkers.migrate({ stackId, workerName: name }, { migrations });
  expect(await surveyLater(world, { ports })).toMatchObject({ schemas_compared: 2, open: {} });
  await world.cloudflare.queryDatabase(databaseId, ['DROP INDEX notes_by_id']);
  await surveyLater(world, { ports });
  expect(await openFindingKinds(world)).toEqual({ [stackId]: ['SCHEMA_DRIFT'] });
  await world.cloudflare.queryDatabase(databaseId, ['create index "notes_by_id" on "notes" ( id )']);
  expect((await surveyLater(world, { ports })).open).toEqual({ SCHEMA_DRIFT: 1 });
  await world.cloudflare.queryDatabase(databaseId, [
    'DROP INDEX notes_by_id',
    'CREATE INDEX IF NOT EXISTS "notes_by_id" ON "notes" (id)',
  ]);
  expect((await surveyLater(world, { ports })).open).toEqual({});
});

it('compares nothing where the release tells no schema, or that of other migrations', async () => {
  const own = await ownBundle();
  const { schema: _, ...silent } = own;
  expect(await surveyLater(world, { ports: portsWith(async () => silent) })).toMatchObject({
    ...{ looked_into: 2, schemas_compared: 0, open: {} },
  });
  const stale = { ...own, migrations: own.migrations.slice(0, -1) };
  expect(await surveyLater(world, { ports: portsWith(async () => stale) })).toMatchObject({
    ...{ looked_into: 2, schemas_compared: 0, open: {} },
  });
});
