import { afterAll, beforeAll, expect, test } from 'vitest';
import { rolloutProgressSchema } from '#shared-schema/rollouts/rollout.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { LATER_SCHEMA, publish, unwellRelease } from './support/later-release.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { readAccount } from './support/sign-up.ts';

const SLUGS = ['first', 'second', 'third'];

let platform: CliPlatform;
const accounts: OpenAccount[] = [];

beforeAll(async () => {
  platform = await startCliPlatform();
  for (const slug of SLUGS) accounts.push(await openAccount(platform.instance, slug));
});
afterAll(() => platform?.stop());

test('a release whose Worker does not answer costs an account its service for seconds, and the fleet one account', {
  timeout: 180_000,
}, async () => {
  const old = (await readAccount(platform.instance, 'first')).release;
  const clients = [];
  for (const account of accounts) {
    clients.push(await account.createClient({ kind: 'individual', first_name: 'Bob', last_name: 'Stone' }));
  }
  await publish(platform.instance, await unwellRelease());
  const plan = await platform.run('rollouts plan --waves 100 --concurrency 1 --json');
  const { id } = rolloutProgressSchema.parse(JSON.parse(plan.stdout));

  const started = await platform.run(`rollouts start ${id}`);
  expect(started.stderr).toMatch(
    /^ROLLOUT_PAUSED: The rollout is paused: 0 done, 1 failed, 2 pending of 3\./m,
  );
  const failed = await platform.run(`rollouts targets ${id} --filter status=failed`);
  expect(failed.stdout).toMatch(/failed .* verify .*RELEASE_PUT_BACK/);
  expect((await platform.run('rollouts status')).stdout).toMatch(/1 +verify +RELEASE_PUT_BACK/);

  const schemas: (number | null)[] = [];
  for (const [position, account] of accounts.entries()) {
    const { release, schema_version, status } = await readAccount(platform.instance, account.account.slug);
    expect({ release, status }).toEqual({ release: old, status: 'active' });
    schemas.push(schema_version);
    const read = await account.send(`/clients/${clients[position]?.id}`);
    expect(read.status, read.text).toBe(200);
    await account.createClient({ kind: 'individual', first_name: 'Eve', last_name: 'Lane' });
  }
  // The schema of the one that was tried has gone on, and the old release runs on it.
  expect(schemas.filter((version) => version === LATER_SCHEMA)).toHaveLength(1);

  expect((await platform.run(`rollouts rollback ${id} --yes`)).stderr).toMatch(/^ROLLOUT_EMPTY: /);
  expect((await platform.run(`rollouts abort ${id} --yes`)).exitCode).toBe(0);
  expect((await openAccount(platform.instance, 'fourth')).account.release).toBe(old);
});
