import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newDocument } from './support/documents.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';

const LIMIT = 4;
const PERIOD_MS = 60_000;

let platform: Awaited<ReturnType<typeof startTestPlatform>>;

beforeAll(async () => {
  platform = await startTestPlatform({ rateLimits: { FILE_LIMIT: { limit: LIMIT, period: 60 } } });
});
afterAll(() => platform?.stop());

test('files past their limit are refused, to one address of one account only', async () => {
  const firm = await openAccount(platform.instance, 'filing');
  const other = await openAccount(platform.instance, 'other');
  const { url } = (await newDocument(firm, 'x')).upload;
  const fetchFrom = (address: string, of = url) => send(of, { headers: { 'cf-connecting-ip': address } });
  const allow = { allow: ['PUT'] };
  // The counts begin anew with each minute of the clock: not in the middle of this.
  await vi.waitUntil(() => Date.now() % PERIOD_MS < PERIOD_MS - 15_000, { timeout: 20_000, interval: 100 });
  for (let tries = 0; tries < LIMIT; tries += 1) {
    expectRefusal(await fetchFrom('192.0.2.1'), 'METHOD_NOT_ALLOWED', allow);
  }
  const refused = await fetchFrom('192.0.2.1');
  expectRefusal(refused, 'RATE_LIMITED');
  expect(refused.headers.get('retry-after')).toBe('60');
  expectRefusal(await fetchFrom('192.0.2.1', `${firm.url('host')}/files/x`), 'RATE_LIMITED');
  expectRefusal(await fetchFrom('192.0.2.2'), 'METHOD_NOT_ALLOWED', allow);
  expectRefusal(await fetchFrom('192.0.2.1', `${other.url('path')}/files/x`), 'FILE_URL_INVALID');
  expect(await firm.send('/documents')).toMatchObject({ status: 200 });
});
