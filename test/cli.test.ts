import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accountSchema } from '#shared-schema/accounts/account.ts';
import { operationSchema } from '#shared-schema/operations/operation.ts';
import { type CliPlatform, createCommand, startCliPlatform } from './support/cli-platform.ts';
import { type CommandOptions, freehold } from './support/freehold.ts';
import { send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

const STEP_LINES = [
  ...['ensure-database', 'ensure-worker', 'ensure-schema', 'ensure-owner', 'verify', 'activate'],
].map((step) => expect.stringMatching(new RegExp(`^  ✓ ${step} +[\\d.]+ m?s$`)));

let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
});
afterAll(() => platform?.stop());

async function runJson<Schema extends z.ZodType>(schema: Schema, line: string, options?: CommandOptions) {
  const { exitCode, stdout, stderr } = await platform.run(`${line} --json`, options);
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  return schema.parse(JSON.parse(stdout));
}

const page = <Schema extends z.ZodType>(item: Schema) =>
  z.strictObject({ data: z.array(item), next_cursor: z.string().nullable() });

describe('accounts', () => {
  test('create takes the password from a pipe, shows each step, and then the account', async () => {
    const { exitCode, stdout, stderr } = await platform.run(createCommand('piped'), {
      input: `${PASSWORD}\n`,
    });
    expect(stderr.split('\n')).toStrictEqual(STEP_LINES);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^slug +piped$/m);
    expect(stdout).toMatch(/^status +active$/m);
    expect(stdout).toMatch(new RegExp(`^url +${platform.instance.url}/a/piped$`, 'm'));
    expect(stdout).toMatch(/^created_at +20\d\d-\d\d-\d\dT[\d:.]+Z$/m);
    const json = { email: 'ann@piped.example', password: PASSWORD };
    const session = await send(`${platform.instance.url}/a/piped/sessions`, { method: 'POST', json });
    expect(session.status, session.text).toBe(201);
  });

  test('create takes the password from the environment and prints JSON', async () => {
    const schema = z.strictObject({ account: accountSchema.strict(), operation: operationSchema.strict() });
    const env = { FREEHOLD_OWNER_PASSWORD: PASSWORD };
    const made = await runJson(schema, createCommand('from-env'), { env });
    expect(made).toMatchObject({
      account: { slug: 'from-env', status: 'active' },
      operation: { status: 'succeeded' },
    });
    const { stdout } = await platform.run(`${createCommand('no-wait')} --no-wait`, { env });
    expect(stdout).toMatch(
      /^status +provisioning$(?:.|\n)*\n\nFollow it: freehold operations watch [0-9a-f-]{36}$/m,
    );
  });

  test('list shows them, in text and in pages of JSON', async () => {
    const accounts = page(accountSchema.strict());
    const [text, all, first] = await Promise.all([
      platform.run('accounts list --sort slug'),
      runJson(accounts, 'accounts list'),
      runJson(accounts, 'accounts list --sort slug --limit 2'),
    ]);
    expect(text.stdout.split('\n')[0]).toMatch(
      /^SLUG +STATUS +NAME +RELEASE +SCHEMA_VERSION +RESIDENCY +CREATED_AT +ID$/,
    );
    const slugs = ['from-env', 'no-wait', 'piped'];
    expect(
      text.stdout
        .split('\n')
        .slice(1)
        .map((line) => line.split(' ')[0]),
    ).toStrictEqual(slugs);
    expect(all.data.map(({ slug }) => slug).toSorted()).toStrictEqual(slugs);
    expect(first.data.map(({ slug }) => slug)).toStrictEqual(slugs.slice(0, 2));
    const [second, firstText] = await Promise.all([
      runJson(accounts, `accounts list --sort slug --limit 2 --cursor ${first.next_cursor}`),
      platform.run('accounts list --sort slug --limit 2'),
    ]);
    expect(second).toMatchObject({ data: [{ slug: 'piped' }], next_cursor: null });
    expect(firstText.stdout.split('\n').at(-1)).toBe(`More: add --cursor ${first.next_cursor}`);
  });

  test('list filters, and says so where nothing is left', async () => {
    const [none, one] = await Promise.all([
      platform.run('accounts list --filter status=failed'),
      runJson(page(accountSchema), 'accounts list --filter slug=piped status=active'),
    ]);
    expect(none).toStrictEqual({ exitCode: 0, stdout: 'None.', stderr: '' });
    expect(one.data.map(({ slug }) => slug)).toStrictEqual(['piped']);
  });

  test('get finds one by its slug and by its id', async () => {
    const bySlug = await runJson(accountSchema.strict(), 'accounts get piped');
    const { stdout } = await platform.run(`accounts get ${bySlug.id}`);
    expect(stdout).toMatch(/^slug +piped$/m);
  });
});

describe('operations', () => {
  test('list, get and watch show what was done, and retry refuses what has not failed', async () => {
    const { data } = await runJson(page(operationSchema.strict()), 'operations list --sort created_at');
    expect(data.map(({ kind }) => kind)).toStrictEqual(['provision', 'provision', 'provision']);
    const [first] = data;
    if (!first) throw new Error('There are operations.');
    const [got, shown, watched, watchedJson, retried] = await Promise.all([
      runJson(operationSchema.strict(), `operations get ${first.id}`),
      platform.run(`operations get ${first.id}`),
      platform.run(`operations watch ${first.id}`),
      runJson(operationSchema.strict(), `operations watch ${first.id}`),
      platform.run(`operations retry ${first.id}`),
    ]);
    expect(got).toStrictEqual(first);
    expect(watchedJson).toStrictEqual(first);
    expect(shown.stdout).toMatch(/^steps +6 of 6 done$/m);
    for (const { exitCode, stdout } of [shown, watched]) {
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^status +succeeded$/m);
    }
    expect(watched.stderr.split('\n')).toStrictEqual(STEP_LINES);
    expect(shown.stdout.split('\n').slice(-STEP_LINES.length)).toStrictEqual(STEP_LINES);
    expect(retried.exitCode).toBe(1);
    expect(retried.stderr).toMatch(
      /^OPERATION_NOT_RETRYABLE: Only a failed operation can be retried, and only while it is the last\.\n {2}request id: [0-9a-f-]{36}$/,
    );
  });
});

describe('providers and releases', () => {
  test('add makes a provider, and list shows hidden ones too', async () => {
    const provider = z.looseObject({ name: z.string(), status: z.string(), services: z.array(z.string()) });
    const options = '--service payroll probate --website https://ashe.example --hidden';
    const added = await runJson(provider, `providers add --name Ashe ${options}`);
    expect(added).toMatchObject({ name: 'Ashe', status: 'hidden', services: ['payroll', 'probate'] });
    const [text, json, twice] = await Promise.all([
      platform.run('providers list'),
      runJson(page(provider), 'providers list'),
      platform.run('providers add --name Ashe'),
    ]);
    expect(text.stdout).toMatch(/^Ashe +hidden +payroll, probate +https:\/\/ashe\.example +- +- /m);
    expect(json.data).toStrictEqual([added]);
    expect(twice.exitCode).toBe(1);
    expect(twice.stderr).toMatch(
      /^PROVIDER_NAME_TAKEN: Another provider has this name\. Choose another\.\n {2}name: Another provider has this name\.\n {2}request id: /,
    );
  });

  test('releases list shows the one that new accounts get', async () => {
    const release = z.strictObject({
      ...{ id: z.string(), schema_version: z.int(), size_bytes: z.int(), created_at: z.int() },
      current_since: z.int(),
    });
    const [text, json] = await Promise.all([
      platform.run('releases list'),
      runJson(page(release), 'releases list'),
    ]);
    expect(json.data).toStrictEqual([platform.release]);
    expect(text.stdout).toMatch(new RegExp(`^${platform.release.id} +\\d+ +20`, 'm'));
  });
});

test('the platform of the folder, or of one above it, is found without being named', async () => {
  const cwd = join(platform.folder, 'below', 'further');
  await mkdir(cwd, { recursive: true });
  const { exitCode, stdout } = await freehold(['accounts', 'get', 'piped'], { cwd });
  expect({ exitCode, stdout }).toStrictEqual({
    exitCode: 0,
    stdout: expect.stringMatching(/^slug +piped$/m),
  });
});

test('help lists the nouns, and exits with 0', async () => {
  const { exitCode, stdout, stderr } = await platform.run('--help');
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  for (const noun of ['start', 'accounts', 'operations', 'providers', 'releases']) {
    expect(stdout).toMatch(new RegExp(`^  ${noun} `, 'm'));
  }
});
