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
      'with a wrong admin token',
      'accounts list',
      { env: { FREEHOLD_URL: 'http://localhost:PORT', FREEHOLD_ADMIN_TOKEN: 'wrong' } },
      /^ADMIN_TOKEN_INVALID: .+\n {2}request id: .+\nNext: Set FREEHOLD_ADMIN_TOKEN to the token of this platform\.$/,
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
      'on an unknown option',
      'accounts list --colour',
      {},
      /^error: unknown option '--colour'\n\(add --help to see what it takes\)$/,
    ],
    [
      'on an unknown command',
      'acounts list',
      {},
      /^error: unknown command 'acounts'\n\(Did you mean accounts\?\)\n/,
    ],
    [
      'without what it needs',
      'accounts get',
      {},
      /^error: missing required argument 'slug-or-id'\n\(add --help/,
    ],
  ])('%s says what to do next, and exits with 1', async (_, line, { env, ...options }, message) => {
    const url = env?.FREEHOLD_URL?.replace('http://localhost:PORT', platform.instance.url);
    const outcome = await platform.run(line, {
      ...options,
      env: { ...env, ...(url && { FREEHOLD_URL: url }) },
    });
    expect(outcome).toStrictEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
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

test('a second start says that the first one has the folder, or the port', async () => {
  const port = new URL(platform.instance.url).port;
  const [folder, taken] = await Promise.all([
    platform.run('start', { env: { PORT: String(await freePorts(2)) } }),
    platform.run('start', { env: { PORT: port, FREEHOLD_DATA_DIR: join(platform.folder, 'other') } }),
  ]);
  expect([folder.exitCode, taken.exitCode]).toStrictEqual([1, 1]);
  for (const { stderr } of [folder, taken]) {
    expect(stderr).toMatch(/^Next: .+\.$/m);
    expect(stderr).not.toContain('UNEXPECTED');
  }
});
