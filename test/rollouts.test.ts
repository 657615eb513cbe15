import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { rolloutProgressSchema } from '#shared-schema/rollouts/rollout.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { LATER_SCHEMA, laterRelease, publish } from './support/later-release.ts';
import { type OpenAccount, openAccount, recordSchema } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { unusedRelease } from './support/rollouts.ts';
import { send } from './support/send.ts';
import { readAccount } from './support/sign-up.ts';

let platform: CliPlatform;
let accounts: OpenAccount[];

beforeAll(async () => {
  platform = await startCliPlatform();
  accounts = [];
  for (const slug of ['first', 'second', 'third']) accounts.push(await openAccount(platform.instance, slug));
});
afterAll(() => platform?.stop());

const rolloutListSchema = z.object({ data: z.array(z.object({ id: z.string(), release_id: z.string() })) });

const planned = (json: string) => rolloutProgressSchema.parse(JSON.parse(json));

test('an operator takes a release to the fleet, past an account whose data breaks it, and back again', {
  timeout: 180_000,
}, async () => {
  const old = (await readAccount(platform.instance, 'first')).release;
  const group = await accounts[1]?.send('/groups', { method: 'POST', json: { name: 'Partners' } });
  expect(group?.status, group?.text).toBe(201);
  const { id: later } = await publish(platform.instance, await laterRelease());

  const plan = await platform.run('rollouts plan --waves 34,100 --soak 0s --concurrency 1 --json');
  expect(plan.exitCode, plan.stderr).toBe(0);
  const { id, release_id, waves, api_calls_left } = planned(plan.stdout);
  expect({ release_id, api_calls_left, sizes: waves.map(({ targets }) => targets.pending) }).toEqual({
    release_id: later,
    api_calls_left: 3,
    sizes: [2, 1],
  });

  const early = await platform.run(`rollouts watch ${id}`);
  expect(early.exitCode).toBe(1);
  expect(early.stderr).toMatch(/^ROLLOUT_NOT_STARTED: The rollout is planned: .*\nNext: Start it: /m);
  const conflict = await platform.run(`rollouts pause ${id}`);
  expect(conflict.stderr).toMatch(
    /^ROLLOUT_STATUS_CONFLICT: .*\n {2}status: planned\n {2}allowed: running\n/,
  );

  const started = await platform.run(`rollouts start ${id}`);
  expect(started.exitCode).toBe(1);
  expect(started.stderr).toMatch(/^ROLLOUT_PAUSED: The rollout is paused: \d done, 1 failed/m);
  expect(started.stderr).toContain(`freehold rollouts targets ${id} --filter status=failed`);

  const failed = await platform.run(`rollouts targets ${id} --filter status=failed`);
  expect(failed.stdout).toMatch(/second .* failed .* advance-schema .*MIGRATION_FAILED/);
  const second = await readAccount(platform.instance, 'second');
  expect(second.release).toBe(old);
  expect((await accounts[1]?.send('/groups'))?.status).toBe(200);

  const status = await platform.run('rollouts status');
  expect(status.stdout).toContain(`New accounts get release ${later}.`);
  expect(status.stdout).toMatch(/1 +advance-schema +MIGRATION_FAILED/);

  const { id: groupId } = recordSchema.parse(group?.body);
  expect((await accounts[1]?.send(`/groups/${groupId}`, { method: 'DELETE' }))?.status).toBe(204);
  const resumed = await platform.run(`rollouts resume ${id}`);
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(resumed.stdout).toMatch(/^status +finished$/m);
  expect(resumed.stdout).toMatch(/^targets +3 done of 3$/m);
  for (const { account } of accounts) {
    const now = await readAccount(platform.instance, account.slug);
    expect(now).toMatchObject({ release: later, schema_version: LATER_SCHEMA, status: 'active' });
  }
  expect((await openAccount(platform.instance, 'fourth')).account.release).toBe(later);
  expect((await accounts[1]?.send('/groups'))?.status).toBe(200);

  const unasked = await platform.run(`rollouts rollback ${id}`, { input: `${later}\n` });
  expect(unasked.stderr).toMatch(/^NOT_CONFIRMED: There is no terminal to ask at\./);
  const back = await platform.run(`rollouts rollback ${id} --yes --json`);
  expect(back.exitCode, back.stderr).toBe(0);
  expect(planned(back.stdout)).toMatchObject({ status: 'finished', undoes: id, targets: { done: 3 } });
  for (const { account } of accounts) {
    const now = await readAccount(platform.instance, account.slug);
    expect(now).toMatchObject({ release: old, schema_version: LATER_SCHEMA });
  }
  expect((await readAccount(platform.instance, 'fourth')).release).toBe(later);
  expect((await openAccount(platform.instance, 'fifth')).account.release).toBe(old);
  expect((await accounts[0]?.send('/clients'))?.status).toBe(200);

  const again = await platform.run(`rollouts rollback ${id} --yes`);
  expect(again.stderr).toMatch(/^ROLLOUT_STATUS_CONFLICT: /);
  expect((await platform.run('rollouts status 00000000-0000-7000-8000-000000000000')).stderr).toMatch(
    /^ROLLOUT_NOT_FOUND: There is no such rollout\..*\n.*freehold rollouts list/s,
  );
});

test('accounts are tagged, and a rollout is for those with a tag', async () => {
  const tagged = await platform.run('accounts tag first pilot london pilot');
  expect(tagged.stdout).toBe('tags  london, pilot');
  expect((await platform.run('accounts tag first --json')).stdout).toContain('"pilot"');
  expect((await platform.run('accounts tag first Pilot')).stderr).toMatch(/^VALIDATION_FAILED: .*tags\.0/s);
  expect((await platform.run('accounts tag nobody x')).stderr).toMatch(/^ACCOUNT_NOT_FOUND: /);
  const releases = await platform.run('releases list --json --sort -created_at');
  const [{ id: release }] = JSON.parse(releases.stdout).data;
  const plan = await platform.run(`rollouts plan --release ${release} --tag pilot --json`);
  expect(planned(plan.stdout)).toMatchObject({
    targets: { pending: 1 },
    plan: { selector: { tags: ['pilot'] } },
  });
  expect((await platform.run('accounts tag first --none')).stdout).toBe('tags  none');
  expect((await platform.run(`rollouts plan --release ${release} --tag pilot`)).stderr).toMatch(
    /^ROLLOUT_EMPTY: /,
  );
});

test('a plan that is sent again under its key is the plan that there is', async () => {
  const { instance } = platform;
  const [release, other] = [await unusedRelease(instance), await unusedRelease(instance)];
  const headers = { 'idempotency-key': 'plan-it' };
  await platform.run('accounts tag first keyed');
  const plan = (release_id: string) =>
    send(`${instance.url}/admin/rollouts`, {
      ...{ method: 'POST', token: instance.admin_token, headers },
      json: { release_id, selector: { tags: ['keyed'] } },
    });
  const [first, ...others] = await Promise.all(Array.from({ length: 6 }, () => plan(release)));
  if (!first) expect.fail('one was answered');
  expect(first.status, first.text).toBe(201);
  for (const again of [...others, await plan(release)]) {
    expect(again).toMatchObject({ status: 201, text: first.text });
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  }
  expect((await plan(release)).headers.get('idempotency-replayed')).toBe('true');
  expectRefusal(await plan(other), 'IDEMPOTENCY_KEY_REUSED');
  const { id } = rolloutProgressSchema.parse(first.body);
  const list = await platform.run('rollouts list --json');
  const listed = rolloutListSchema.parse(JSON.parse(list.stdout)).data;
  expect(listed.filter(({ release_id }) => release_id === release)).toEqual([{ id, release_id: release }]);
  expect(listed.filter(({ release_id }) => release_id === other)).toEqual([]);
  const aborted = await platform.run(`rollouts abort ${id} --yes --json`);
  expect(aborted.exitCode, aborted.stderr).toBe(0);
  // Nothing would be chosen any more.
  await platform.run('accounts tag first --none');
  expect((await plan(release)).text).toBe(first.text);
});

test('what cannot be planned is refused, field by field', async () => {
  const plans = [
    ['--waves 50,10', /VALIDATION_FAILED.*waves/s],
    ['--waves 10,50', /VALIDATION_FAILED.*waves/s],
    ['--tolerance many', /VALIDATION_FAILED.*tolerance/s],
    ['--tolerance 101%', /VALIDATION_FAILED.*tolerance/s],
    ['--concurrency 0', /VALIDATION_FAILED.*concurrency/s],
    ['--concurrency x', /It is a number\./],
    ['--soak 5', /It is a number with a unit: 30s, 10m, 24h\./],
    ['--on-failure shrug', /VALIDATION_FAILED.*on_failure/s],
    ['--release nothing', /RELEASE_NOT_FOUND: .*freehold releases list/s],
    ['--slug nobody', /ROLLOUT_EMPTY: /],
  ] as const;
  for (const [options, refusal] of plans) {
    const { exitCode, stderr } = await platform.run(`rollouts plan ${options}`);
    expect(exitCode, options).toBe(1);
    expect(stderr, options).toMatch(refusal);
  }
});
