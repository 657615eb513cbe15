import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { RunningCommand } from './support/running-command.ts';
import { signUp } from './support/sign-up.ts';
import { CTRL_C, Terminal } from './support/terminal.ts';

let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
});
afterAll(() => platform?.stop());

const type = (line: string) => new RunningCommand(line, { FREEHOLD_DATA_DIR: platform.dataDir });

test('every list and every status can be watched: a line of JSON, and Ctrl-C ends it with 130', {
  timeout: 180_000,
}, async () => {
  await signUp(platform.instance, 'first');
  const lines = [
    ...['accounts list', 'accounts exports first', 'accounts hostnames first', 'operations list --json'],
    ...['pool list', 'providers list', 'releases list', 'rollouts status', 'rollouts list --json'],
    ...['keys list', 'api-budget get', 'audit list'],
  ];
  for (const line of lines) {
    const watched = type(`${line} --watch`);
    expect(await watched.json(), line).toEqual(expect.any(Object));
    expect(await watched.interrupt(), line).toBe(130);
  }
});

test('what changes is a line more, and nothing else is', { timeout: 60_000 }, async () => {
  const watched = type('accounts list --filter slug=second --watch');
  expect(await watched.json()).toEqual({ data: [], next_cursor: null });
  await signUp(platform.instance, 'second');
  expect(await watched.json()).toMatchObject({ data: [{ slug: 'second' }] });
  expect(await watched.interrupt()).toBe(130);
});

test('what nobody reads any more ends with the next change', { timeout: 60_000 }, async () => {
  const watched = type('accounts list --filter slug=unread --watch');
  await watched.json();
  const ended = watched.close();
  await signUp(platform.instance, 'unread');
  expect(await ended).toBe(141);
});

test('a terminal is redrawn, and is as it was when Ctrl-C has ended it', { timeout: 60_000 }, async () => {
  const terminal = new Terminal('freehold pool list --watch; echo "left with $?"; stty -a', platform.dataDir);
  await terminal.until('every 2 s, Ctrl-C ends', 2);
  terminal.press(CTRL_C);
  const seen = await terminal.end();
  const [before, drawn, after] = seen.split(/\S+1049[hl]/);
  expect(before).toBe('');
  expect(drawn).toMatch(/\d\d:\d\d:\d\d UTC, every 2 s, Ctrl-C ends.*RESIDENCY +SIZE +READY/s);
  expect(after).toMatch(/^RESIDENCY +SIZE +READY.*\sleft with 130\s.* icanon .* echo /s);
});

test('a platform that is away is waited for, and said to be', { timeout: 120_000 }, async () => {
  const away = await startCliPlatform();
  const port = Number(new URL(away.instance.url).port);
  const watched = new RunningCommand('accounts list --watch', { FREEHOLD_DATA_DIR: away.dataDir });
  try {
    expect(await watched.json()).toMatchObject({ data: [] });
    await away.cloud.stop();
    expect(JSON.parse(await watched.problem())).toMatchObject({ error: { code: 'NOT_REACHED' } });
    await using back = await startTestPlatform({ dataDir: away.dataDir, port });
    await signUp(back.instance, 'third');
    expect(await watched.json()).toMatchObject({ data: [{ slug: 'third' }] });
  } finally {
    expect(await watched.interrupt()).toBe(130);
    await away.stop();
  }
});

test('what cannot be read is told once, as without it', async () => {
  const { exitCode, stdout, stderr } = await platform.run('rollouts status nothing --watch');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/^ROLLOUT_NOT_FOUND: /);
  const none = await platform.run('accounts list --watch', {
    env: { FREEHOLD_URL: 'http://localhost:9', FREEHOLD_ADMIN_TOKEN: 'any' },
  });
  expect(none).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^NOT_REACHED: /) });
  for (const write of ['accounts get first', 'pool fill', 'accounts suspend first']) {
    expect((await platform.run(`${write} --watch`)).stderr).toMatch(/^USAGE: unknown option '--watch'/);
  }
});
