import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { type Answer, send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

const LIMIT = 3;
const PERIOD_MS = 60_000;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform({ rateLimits: { LOGIN_LIMIT: { limit: LIMIT, period: 60 } } });
  account = await openAccount(platform.instance, 'acme');
});
afterAll(() => platform?.stop());

test('links, resets, invitations and changes of a password are limited as log-ins are, each by itself', async () => {
  // The counts begin anew with each minute of the clock: not in the middle of this.
  await vi.waitUntil(() => Date.now() % PERIOD_MS < PERIOD_MS - 20_000, { timeout: 25_000, interval: 100 });
  const own = account.session.access_token;
  const post = (path: string, json: object, token?: string) =>
    send(`${account.url('path')}${path}`, { method: 'POST', json, token });
  const passwords = { current_password: 'x', new_password: PASSWORD };
  const attempts: readonly (readonly [status: number, attempt: () => Promise<Answer>])[] = [
    [202, () => post('/password-resets', { email: 'owner@acme.example' })],
    [401, () => post('/invitations/accept', { token: 'x', password: PASSWORD })],
    [400, () => post('/invitations', {}, own)],
    [403, () => post('/me/password', passwords, own)],
  ];
  for (const [status, attempt] of attempts) {
    for (let tries = 0; tries < LIMIT; tries += 1) expect(await attempt()).toMatchObject({ status });
    const refused = await attempt();
    expectRefusal(refused, 'RATE_LIMITED');
    expect(refused.headers.get('retry-after')).toBe('60');
  }
  const complete = { token: 'x', new_password: PASSWORD };
  expectRefusal(await post('/password-resets/complete', complete), 'RATE_LIMITED');
  expectRefusal(await post('/me/%70assword', passwords, own), 'RATE_LIMITED');
  expectRefusal(await post('/%69nvitations', {}, own), 'RATE_LIMITED');
  expect(await post('/password-resets', { email: 'other@acme.example' })).toMatchObject({ status: 202 });
  for (const colleague of ['a', 'b', 'c', 'd']) {
    expectRefusal(
      await post('/invitations/accept', { token: colleague, password: PASSWORD }),
      'ONE_TIME_TOKEN_INVALID',
    );
  }
  expect(await account.send('/me')).toMatchObject({ status: 200 });
});
