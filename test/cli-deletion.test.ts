import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { accountSchema } from '#shared-schema/accounts/account.ts';
import { DAY_MS } from '#shared-schema/accounts/deletion.ts';
import { operationSchema } from '#shared-schema/operations/operation.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { endGrace } from './support/delete-account.ts';
import { openAccount } from './support/open-account.ts';
import { readAccount } from './support/sign-up.ts';

let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
});
afterAll(() => platform?.stop());

const begunSchema = z.strictObject({ account: accountSchema.strict(), operation: operationSchema.strict() });

test('delete, undelete and purge take an account to its end, and ask before what cannot be undone', {
  timeout: 120_000,
}, async () => {
  const { account } = await openAccount(platform.instance, 'ending');
  const unasked = await platform.run('accounts delete ending', { input: 'ending\n' });
  expect(unasked).toStrictEqual({
    ...{ exitCode: 1, stdout: '' },
    stderr:
      'NOT_CONFIRMED: There is no terminal to ask at. Nothing was done.\nNext: Type the slug when asked, or add --yes.',
  });
  for (const days of ['-1', '366', '1.5', 'x']) {
    const { exitCode, stderr } = await platform.run(`accounts delete ending --yes --grace-days=${days}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('It is a whole number from 0 to 365.');
  }
  expect((await readAccount(platform.instance, 'ending')).status).toBe('active');

  const deleted = await platform.run('accounts delete ending --yes --grace-days 9 --json');
  expect(deleted.exitCode, deleted.stderr).toBe(0);
  const { account: now, operation } = begunSchema.parse(JSON.parse(deleted.stdout));
  expect(now).toMatchObject({ status: 'deleting', purge_after: operation.created_at + 9 * DAY_MS });
  const early = await platform.run('accounts purge ending --yes');
  expect(early.exitCode).toBe(1);
  expect(early.stderr).toMatch(
    /^GRACE_NOT_OVER: The grace of this deletion is not over\. Nothing was destroyed\./,
  );

  const back = await platform.run('accounts undelete ending');
  expect(back.exitCode, back.stderr).toBe(0);
  expect(back.stdout).toMatch(/^status +active$/m);
  expect(back.stderr).toMatch(/✓ verify .*\n.*✓ restore-status /);

  expect((await platform.run('accounts delete ending --yes')).exitCode).toBe(0);
  await endGrace(platform.instance, account.id);
  const purged = await platform.run('accounts purge ending --yes');
  expect(purged.exitCode, purged.stderr).toBe(0);
  expect(purged.stdout).toMatch(/^status +deleted$/m);
  expect(purged.stdout).toMatch(/^name +\(deleted\)$/m);
});
