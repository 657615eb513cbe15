import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliPlatform, createCommand, startCliPlatform } from './support/cli-platform.ts';
import { freePorts } from './support/free-ports.ts';
import type { CommandOptions } from './support/freehold.ts';
import { PASSWORD, signUp } from './support/sign-up.ts';

const UNKNOWN = '0194a1b2-0000-7000-8000-000000000000';

let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
  await signUp(platform.instance, 'taken');
});
afterAll(() => platform?.stop());

describe('a command that fails', () => {
  test.each<[string, string, CommandOptions, RegExp]>([
    [
      'on an unknown account',
      'accounts get nobody',
      {},
      /^ACCOUNT_NOT_FOUND: No account answers at this address\.\n {2}request id: [0-9a-f-]{36}\nNext: See which accounts there are: freehold accounts list$/,
    ],
    [
      'on an unknown operation',
      `operations watch ${UNKNOWN}`,
      {},
      /^OPERATION_NOT_FOUND: There is no such operation\.\n {2}request id: .+\nNext: See which operations there are: freehold operations list$/,
    ],
    [
      'on a weak password',
      createCommand('weak'),
      { input: 'short' },
      /^VALIDATION_FAILED: The request is not as it should be\.\n {2}owner\.password: A password has at least 12 characters\.\n/,
    ],
    [
      'without a password',
      createCommand('open'),
      {},
      /^PASSWORD_MISSING: No password was given\.\nNext: Set FREEHOLD_OWNER_PASSWORD, or pipe the password in\.$/,
    ],
    [
      'on a taken slug',
      createCommand('taken'),
      { input: PASSWORD },
      /^SLUG_TAKEN: Another account has this slug\. Choose another\.\n/,
    ],
    [
      'on a wrong limit',
      'accounts list --limit 500',
      {},
      /^VALIDATION_FAILED: .+\n {2}limit: A limit is a whole number from 1 to 200\.\n/,
    ],
    [
      'without a platform',
      'accounts list',
      { env: { FREEHOLD_DATA_DIR: join(tmpdir(), 'freehold-nowhere') } },
      /^NOT_CONNECTED: No platform was found\.\nNext: Start one here with `npm start`, or set FREEHOLD_URL and FREEHOLD_ADMIN_TOKEN\.$/,
    ],
    [
      'on a platform that is not running',
      'accounts list',
      { env: { FREEHOLD_URL: 'http://localhost:9', FREEHOLD_ADMIN_TOKEN: 'any' } },
      /^NOT_REACHED: The platform at http:\/\/localhost:9 does not answer\.\nNext: Is it running\? Start it with `npm start`\.$/,
    ],
    [
      'on half of an address',
      'accounts list',
      { env: { FREEHOLD_URL: 'http://localhost:9' } },
      /^NOT_CONNECTED: FREEHOLD_URL is set and FREEHOLD_ADMIN_TOKEN is not\.\nNext: Set both, or neither for the platform on this machine\.$/,
    ],
    [
      'on a token without an address',
      'accounts list',
      { env: { FREEHOLD_ADMIN_TOKEN: 'any' } },
      /^NOT_CONNECTED: FREEHOLD_ADMIN_TOKEN is set and FREEHOLD_URL is not\.\n/,
    ],
    [
      'on a filter without a value',
      'accounts list --filter status',
      {},
      /^USAGE: This is no filter: status\.\nNext: Write it as <field>=<value>, such as status=failed\.$/,
    ],
    [
      'on a filter by what no operation can be',
      'operations list --filter status=done',
      {},
      /^VALIDATION_FAILED: .*\n +status: This field is one of: pending, running, succeeded, failed\.\n +request id: /,
    ],
    [
      'on a file that cannot be written, before anything is exported',
      'accounts export taken --output /nowhere/taken.sql',
      {},
      /^FILE_NOT_WRITTEN: \/nowhere\/taken\.sql was not written: its folder is not there\.\nNext: Give another path: --output <file>$/,
    ],
    [
      'on a file that is there already',
      'accounts export taken --output package.json',
      {},
      /^FILE_NOT_WRITTEN: package\.json was not written: there is a file already\.\n/,
    ],
    [
      'on a release that is nowhere',
      'releases publish /nowhere/next.json',
      {},
      /^RELEASE_FILE_INVALID: There is no file \/nowhere\/next\.json\.\n/,
    ],
    [
      'on an unknown option',
      'accounts list --colour',
      {},
      /^USAGE: unknown option '--colour'\nNext: Add --help to see what the command takes\.$/,
    ],
    [
      'on an unknown command',
      'acounts list',
      {},
      /^USAGE: unknown command 'acounts'\n\(Did you mean accounts\?\)\nNext: Add --help to see what the command takes\.$/,
    ],
    [
      'without what it needs',
      'accounts get',
      {},
      /^USAGE: missing required argument 'slug-or-id'\nNext: Add --help to see what the command takes\.$/,
    ],
  ])('%s says what to do next, and exits with 1', async (_, line, options, message) => {
    const outcome = await platform.run(line, options);
    expect(outcome).toStrictEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('with a wrong admin token says so', async () => {
    const env = { FREEHOLD_URL: platform.instance.url, FREEHOLD_ADMIN_TOKEN: 'wrong' };
    const { exitCode, stderr } = await platform.run('accounts list', { env });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^ADMIN_TOKEN_INVALID: .+\n {2}request id: .+\nNext: Set FREEHOLD_ADMIN_TOKEN to the token of this platform\.$/,
    );
  });

  test('tells of it in JSON where JSON was asked for', async () => {
    const { exitCode, stdout, stderr } = await platform.run('accounts get nobody --json');
    expect({ exitCode, stdout }).toStrictEqual({ exitCode: 1, stdout: '' });
    expect(JSON.parse(stderr)).toStrictEqual({
      error: {
        ...{ code: 'ACCOUNT_NOT_FOUND', message: 'No account answers at this address.', context: {} },
        ...{ request_id: expect.any(String), next: 'See which accounts there are: freehold accounts list' },
      },
    });
  });
});

test('a mistake in the command line itself is told in JSON too', async () => {
  const { exitCode, stderr } = await platform.run('accounts create --json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({
    error: {
      code: 'USAGE',
      message: "required option '--name <name>' not specified",
      next: expect.any(String),
    },
  });
});

test('a second start says that the first one has the folder, or the port', async () => {
  const port = new URL(platform.instance.url).port;
  const [folder, taken] = await Promise.all([
    platform.run('start', { env: { PORT: String(await freePorts(2)) } }),
    platform.run('start', { env: { PORT: port, FREEHOLD_DATA_DIR: join(platform.folder, 'other') } }),
  ]);
  const apiPort = Number(port) + 1;
  expect([folder.exitCode, taken.exitCode]).toStrictEqual([1, 1]);
  expect(folder.stderr).toMatch(
    /^DATA_DIR_IN_USE: .+\nNext: Stop that one first, or set FREEHOLD_DATA_DIR to another folder\.$/m,
  );
  expect(taken.stderr).toMatch(
    new RegExp(
      `^PORT_IN_USE: .+\nNext: Free the ports ${port} and ${apiPort}, or set PORT to another\\.$`,
      'm',
    ),
  );
});
