import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';
import { PASSWORD, sendSignup, signupBody } from './support/sign-up.ts';

const LIMIT = 4;
const PERIOD_MS = 60_000;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;

beforeAll(async () => {
  const few = { limit: LIMIT, period: 60 } as const;
  platform = await startTestPlatform({ rateLimits: { SIGNUP_LIMIT: few, LOGIN_LIMIT: few } });
});
afterAll(() => platform?.stop());

test('signups and logins past their limits are refused, and say when to come again', async () => {
  // The counts begin anew with each minute of the clock: not in the middle of this.
  await vi.waitUntil(() => Date.now() % PERIOD_MS < PERIOD_MS - 15_000, { timeout: 20_000, interval: 100 });
  const account = await openAccount(platform.instance, 'acme');
  const logIn = (email: string, password: string) =>
    send(`${account.url('path')}/sessions`, { method: 'POST', json: { email, password } });
  // The first login was openAccount's.
  for (let tries = 1; tries < LIMIT; tries += 1) {
    expectRefusal(await logIn('owner@acme.example', 'not the password'), 'INVALID_CREDENTIALS');
  }
  const refused = await logIn('owner@acme.example', PASSWORD);
  expectRefusal(refused, 'RATE_LIMITED');
  expect(refused.headers.get('retry-after')).toBe('60');
  expectRefusal(await logIn('OWNER@acme.example', PASSWORD), 'RATE_LIMITED');
  expectRefusal(await logIn('other@acme.example', PASSWORD), 'INVALID_CREDENTIALS');
  expect(await account.send('/me'), 'who is logged in is not held up').toMatchObject({ status: 200 });

  // The first signup was openAccount's; a refused one counts too.
  for (let tries = 1; tries < LIMIT; tries += 1) {
    expect(await sendSignup(platform.instance, {})).toMatchObject({ status: 400 });
  }
  const late = await sendSignup(platform.instance, signupBody('late'));
  expectRefusal(late, 'RATE_LIMITED');
  expect(late.headers.get('retry-after')).toBe('60');
  expect((await landscape(platform.instance)).accounts.map(({ slug }) => slug)).toStrictEqual(['acme']);
});
