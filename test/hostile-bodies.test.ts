import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';

const LIMIT_BYTES = 256 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };
const KEYED = { ...JSON_TYPE, 'idempotency-key': 'hostile' };

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'acme');
});
afterAll(() => platform?.stop());

function post(body: string | string[], headers: Record<string, string> = JSON_TYPE) {
  return account.send('/clients', { method: 'POST', body, headers });
}

test.each([100, 5_000, 100_000])('lists %i deep are refused, with and without a key', async (depth) => {
  const lists = '['.repeat(depth) + ']'.repeat(depth);
  const body = `{"kind":"company","company_name":"Deep Ltd","tags":${lists}}`;
  const field: unknown = expect.stringMatching(/^tags(\.0)+$/);
  const fields = [{ field, message: 'A body is nested at most 16 deep.' }];
  for (const headers of [JSON_TYPE, KEYED]) {
    expectRefusal(await post(body, headers), 'VALIDATION_FAILED', { fields });
  }
});

test.each([
  ['__proto__', '{"__proto__":{"x":1},"kind":"company","company_name":"x"}'],
  ['constructor', '{"constructor":{"x":1},"kind":"company","company_name":"x"}'],
  ['account_id', '{"account_id":"0194a1b2-0000-7000-8000-000000000000","kind":"company","company_name":"x"}'],
  ['version', '{"version":7,"kind":"company","company_name":"x"}'],
  ['deleted_at', '{"deleted_at":7,"kind":"company","company_name":"x"}'],
])('the field %s is refused as unknown', async (name, body) => {
  expectInvalidFields(await post(body), name);
  expectInvalidFields(await post(body, KEYED), name);
});

test.each<[string, string | string[]]>([
  ['that says so', JSON.stringify({ kind: 'company', company_name: 'n'.repeat(LIMIT_BYTES) })],
  ['that comes in chunks', Array.from({ length: 5 }, () => 'n'.repeat(LIMIT_BYTES / 4))],
])('a body past the limit %s is refused', async (_, body) => {
  expectRefusal(await post(body), 'BODY_TOO_LARGE', { limit_bytes: LIMIT_BYTES });
});

test('what is not JSON is refused', async () => {
  expectRefusal(await post('{"kind":'), 'MALFORMED_JSON');
  const type = 'text/plain';
  const answer = await post('{}', { 'content-type': type });
  expectRefusal(answer, 'UNSUPPORTED_MEDIA_TYPE', { content_type: type });
});

test('and nothing of it is kept', async () => {
  const list = await account.send('/clients');
  expect(list.body).toStrictEqual({ data: [], next_cursor: null });
});
