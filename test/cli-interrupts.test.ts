import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliPlatform, createCommand, startCliPlatform } from './support/cli-platform.ts';
import { openAccount } from './support/open-account.ts';
import { readAccount } from './support/sign-up.ts';
import { CTRL_C, CTRL_D, Terminal } from './support/terminal.ts';

let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
  await openAccount(platform.instance, 'hart');
});
afterAll(() => platform?.stop());

/** What stands on the terminal after the line, the keys that are pressed once it asks, and its end. */
async function typed(line: string, question: string, keys: string): Promise<string> {
  const terminal = new Terminal(`freehold ${line}; echo "left with $?"`, platform.dataDir);
  await terminal.until(question);
  terminal.press(keys);
  return (await terminal.end()).replaceAll('\r', '');
}

test.each([
  ['Ctrl-C', CTRL_C, /\nleft with 130\n$/],
  ['Ctrl-D', CTRL_D, /\nPASSWORD_MISSING: No password was given\.\nNext: .*\nleft with 1\n$/],
  ['Enter', '\r', /\nPASSWORD_MISSING: No password was given\.\nNext: .*\nleft with 1\n$/],
])('%s where a password is asked for makes no account', async (_, keys, end) => {
  const seen = await typed(createCommand('nobody'), "The first user's password: ", keys);
  expect(seen).toMatch(end);
  expect(seen).not.toContain('UNEXPECTED');
  expect((await platform.run('accounts get nobody')).stderr).toMatch(/^ACCOUNT_NOT_FOUND: /);
});

test('a password that is typed is not shown', async () => {
  const password = 'a password that is typed';
  const seen = await typed(createCommand('typed'), "The first user's password: ", `${password}\r`);
  expect(seen).toMatch(/\nstatus +active\n.*left with 0\n$/s);
  expect(seen).not.toContain(password);
});

test.each([
  ['Ctrl-C', CTRL_C, /\nleft with 130\n$/],
  ['Ctrl-D', CTRL_D, /NOT_CONFIRMED: That is not the slug\. Nothing was done\.\n.*\nleft with 1\n$/],
  ['no', 'n\r', /\nNOT_CONFIRMED: That is not the slug\. Nothing was done\.\n.*\nleft with 1\n$/],
])('%s where a deletion is to be confirmed deletes nothing', async (_, keys, end) => {
  const seen = await typed('accounts delete hart', 'Type the slug again to go on (hart): ', keys);
  expect(seen).toMatch(end);
  expect(seen).not.toContain('UNEXPECTED');
  expect((await readAccount(platform.instance, 'hart')).status).toBe('active');
});

test('Ctrl-C while an operation is followed leaves it to go on, and says how to follow it', {
  timeout: 60_000,
}, async () => {
  const terminal = new Terminal('freehold accounts suspend hart; echo "left with $?"', platform.dataDir);
  await terminal.until('… await-route-expiry');
  terminal.press(CTRL_C);
  const seen = (await terminal.end()).replaceAll('\r', '');
  const [, id] =
    /\nIt goes on\. Follow it: freehold operations watch (\S+)\nleft with 130\n$/.exec(seen) ?? [];
  const followed = await platform.run(`operations watch ${id}`);
  expect(followed.exitCode, seen + followed.stderr).toBe(0);
});
