import { afterAll, beforeAll, expect, test } from 'vitest';
import { customHostnameSchema, customHostnamesSchema } from '#shared-schema/hostnames/hostname.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { CustomHostnames } from './support/custom-hostnames.ts';
import { openAccount } from './support/open-account.ts';

let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
});
afterAll(() => platform?.stop());

test('add-hostname says what to set up, hostnames lists them, remove-hostname takes them away', {
  timeout: 120_000,
}, async () => {
  await openAccount(platform.instance, 'hart');
  const added = await platform.run('accounts add-hostname hart App.Hart-Law.co.uk');
  expect(added.exitCode, added.stderr).toBe(0);
  expect(added.stderr).toMatch(/✓ ensure-custom-hostname /);
  expect(added.stdout).toMatch(/^hostname +app\.hart-law\.co\.uk$/m);
  expect(added.stdout).toMatch(/^TYPE +NAME +VALUE$/m);
  expect(added.stdout).toMatch(/^CNAME +app\.hart-law\.co\.uk +localhost$/m);
  expect(added.stdout).toMatch(/^TXT +_cf-custom-hostname\.app\.hart-law\.co\.uk +\S+$/m);

  const second = await platform.run('accounts add-hostname hart www.hart-law.co.uk --json');
  const parsed = customHostnameSchema.strict().parse(JSON.parse(second.stdout));
  expect(parsed.setup?.records.length).toBeGreaterThan(1);
  const taken = await platform.run('accounts add-hostname hart www.hart-law.co.uk');
  expect(taken.exitCode).toBe(1);
  expect(taken.stderr).toMatch(/^HOSTNAME_TAKEN: This host name is in use\. Choose another\./);

  const hostnames = new CustomHostnames(platform.instance);
  for (const name of ['app', 'www']) {
    await hostnames.until('hart', `${name}.hart-law.co.uk`, ({ status }) => status === 'active');
  }
  const listed = await platform.run('accounts hostnames hart');
  expect(listed.stdout.split('\n')).toStrictEqual([
    expect.stringMatching(/^HOSTNAME +STATUS +URL +CREATED_AT +UPDATED_AT$/),
    expect.stringMatching(/^app\.hart-law\.co\.uk +active +http:\/\/app\.hart-law\.co\.uk:\d+ +20/),
    expect.stringMatching(/^www\.hart-law\.co\.uk +active +http:\/\/www\.hart-law\.co\.uk:\d+ +20/),
  ]);
  const json = JSON.parse((await platform.run('accounts hostnames hart --json')).stdout);
  expect(customHostnamesSchema.strict().parse(json).data).toHaveLength(2);

  const removed = await platform.run('accounts remove-hostname hart www.hart-law.co.uk');
  expect(removed.exitCode, removed.stderr).toBe(0);
  expect(removed.stderr).toMatch(/✓ await-route-expiry .*\n.*✓ delete-custom-hostname /);
  expect((await hostnames.list('hart')).map(({ hostname }) => hostname)).toStrictEqual([
    'app.hart-law.co.uk',
  ]);
  const again = await platform.run('accounts remove-hostname hart www.hart-law.co.uk');
  expect(again).toStrictEqual({
    ...{ exitCode: 1, stdout: '' },
    stderr: expect.stringMatching(
      /^HOSTNAME_NOT_FOUND: The account has no such host name\.[\s\S]*freehold accounts hostnames <slug>$/,
    ),
  });
});
