import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRegistryMigrations } from '#provisioner/cli/build/registry-migrations.ts';
import { type ProductionCloud, startProductionCloud } from './support/production-cloud.ts';

const SCRIPT = '/workers/scripts/freehold-platform';
const EU = { 'cf-r2-jurisdiction': 'eu' };

let production: ProductionCloud;

beforeAll(async () => {
  production = await startProductionCloud();
});
afterAll(() => production?.stop());

async function ledger(): Promise<{ results: { name: string }[] }> {
  const [registry] = await production.api<{ uuid: string }[]>('GET', '/d1/database?name=freehold-registry');
  const sql = 'SELECT name FROM d1_migrations ORDER BY id';
  type Answers = { results: { name: string }[] }[];
  const answers = await production.api<Answers>('POST', `/d1/database/${registry?.uuid}/query`, { sql });
  return answers[0] ?? { results: [] };
}

/** Runs it where the reply to the next such call is lost: done, but nobody was told. */
async function runLosing(method: 'POST' | 'PUT', path: string, env: Readonly<Record<string, string>> = {}) {
  await production.control.addFault({ kind: 'drop-after', method, path });
  const outcome = await production.bootstrap('', env);
  expect(outcome.exitCode, `${method} ${path}: ${outcome.stderr}`).toBe(1);
  return outcome;
}

test('whatever reply is lost, the next run goes on to the same end', { timeout: 300_000 }, async () => {
  await runLosing('POST', '/workers/dispatch/namespaces');
  // A database whose reply was lost is looked for at once: this run goes on to the first bucket.
  await production.control.addFault({ kind: 'drop-after', method: 'POST', path: '/d1/database' });
  for (const _ of ['freehold-releases', 'freehold-files-eu', 'freehold-exports-eu']) {
    await runLosing('POST', '/r2/buckets');
  }
  // Looking; making the ledger; the first migration; the third, one being there and one made before it.
  for (const skip of [0, 1, 4, 5]) {
    await production.control.addFault({
      kind: 'drop-after',
      method: 'POST',
      path: '/d1/database/*/query',
      skip,
    });
    expect((await production.bootstrap()).exitCode).toBe(1);
  }

  // Deployed, and then stopped for want of the platform's own token.
  const stopped = await production.bootstrap('', { FREEHOLD_PLATFORM_API_TOKEN: '' });
  expect(stopped.stderr).toMatch(/^PLATFORM_TOKEN_NEEDED: /);
  expect(await production.api('GET', `${SCRIPT}/secrets`)).toStrictEqual([]);
  await runLosing('PUT', `${SCRIPT}/secrets`);
  await runLosing('PUT', `${SCRIPT}/secrets`);
  const { stdout } = await runLosing('PUT', `${SCRIPT}/secrets`);
  const adminToken = /FREEHOLD_ADMIN_TOKEN=(\S+)/.exec(stdout)?.[1] ?? '';

  // The token holds, and was shown to whoever watched that run.
  const unknown = await production.bootstrap();
  expect(unknown.stderr).toMatch(/^ADMIN_TOKEN_NEEDED: .+\nNext: .*--new-admin-token$/s);
  expect(unknown.stdout).not.toContain('FREEHOLD_ADMIN_TOKEN=');

  // The first release is held to its own API tests: one that fails them is not published.
  const program = 'account-worker-template/api-tests/main.ts';
  const [none, one] = ['= [];', `= [{ name: 'clients', error: 'None.' }];`];
  await production.project.replace(program, none, one);
  const failing = await production.bootstrap('', { FREEHOLD_ADMIN_TOKEN: adminToken });
  expect(failing.stderr).toMatch(/^RELEASE_FAILS_ITS_TESTS: .+\n {2}clients\n {4}None\./s);
  await production.project.replace(program, one, none);

  const last = await production.bootstrap('--json', { FREEHOLD_ADMIN_TOKEN: adminToken });
  expect(last.exitCode, last.stderr).toBe(0);
  const made = last.stdout
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ outcome }) => outcome === 'made');
  expect(made.map(({ step }) => step)).toStrictEqual(['release', 'pool']);

  const { results } = await ledger();
  expect(results.map(({ name }) => name)).toStrictEqual(
    (await readRegistryMigrations()).map(({ name }) => name),
  );
  const registries = await production.api<unknown[]>('GET', '/d1/database?name=freehold-registry');
  expect(registries).toMatchObject([{ jurisdiction: 'eu' }]);
  const { buckets } = await production.api<{ buckets: unknown[] }>('GET', '/r2/buckets', undefined, EU);
  expect(buckets).toHaveLength(3);
  expect(await production.api('GET', `${SCRIPT}/secrets`)).toHaveLength(3);
});
