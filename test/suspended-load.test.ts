import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { setAccountStatus } from './support/account-status.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type AddressForm, type OpenAccount, openAccount } from './support/open-account.ts';

/** More than V8 takes to optimise the way of a request, which is when promises shared between requests showed. */
const ROUNDS = 1_000;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'paused');
  await setAccountStatus(platform.instance, account.account.id, 'suspended');
  const isRefused = async () => (await account.send('/me')).status === 403;
  await vi.waitUntil(isRefused, { timeout: 20_000, interval: 100 });
});
afterAll(() => platform?.stop());

/** Four at once, which all have to ask the registry. */
function askAtOnce(form: AddressForm) {
  return Promise.all([
    account.send('/me', {}, form),
    account.send('/clients', { token: undefined }, form),
    account.send('/clients', { method: 'POST', json: {} }, form),
    account.send('/nowhere', {}, form),
  ]);
}

test.each(ADDRESS_FORMS)(
  'requests at once for a suspended account are all refused alike, by %s',
  async (form) => {
    const statuses = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { status } of await askAtOnce(form)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toStrictEqual([[403, 4 * ROUNDS]]);
  },
);
