import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTE_LIFETIME_MS } from '#shared-schema/accounts/route-lifetime.ts';
import { Hammer } from './support/hammer.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, accountUrl, openAccount } from './support/open-account.ts';
import { Caller, type OperationRequest } from './support/openapi/caller.ts';
import { Contract, type DocumentedOperation } from './support/openapi/contract.ts';
import { platformKnowledge } from './support/openapi/platform-knowledge.ts';
import { expectRefusal } from './support/refusal.ts';
import { takeRegistryAway } from './support/registry-away.ts';
import { send } from './support/send.ts';
import { signUp, untilActive } from './support/sign-up.ts';

/** What the platform says of itself needs no registry. */
const NEEDS_NO_REGISTRY = ['getPublicKeys', 'getOpenApiDocument', 'getReferencePage'];

// What is tested is read from the document itself, so the platform runs before the tests are named.
const platform = await startTestPlatform();
const { instance } = platform;
afterAll(() => platform.stop());

const accepted = await signUp(instance, 'known');
await untilActive(instance, accepted);
const account = await openAccount(instance, 'other');
const contract = new Contract((await send(`${instance.url}/openapi.json`)).body);
const caller = new Caller({
  ...{ contract, url: instance.url, token: instance.admin_token },
  knowledge: platformKnowledge({ instance, accepted, account }),
});
const requests: { operation: DocumentedOperation; request: OperationRequest; name: string }[] = [];
for (const operation of contract.operations) {
  // Whatever a path names is there.
  const request = { id: accepted.account.id, ...(await caller.goodRequest(operation)) };
  requests.push({ operation, request, name: `${operation.method} ${operation.path}` });
}

describe('while the registry does not answer', () => {
  let bringBack: () => Promise<void>;

  beforeAll(async () => {
    bringBack = await takeRegistryAway(instance);
  });
  afterAll(() => bringBack());

  test.each(requests)('$name says so', async ({ operation, request }) => {
    const answer = await caller.send(operation, request);
    if (NEEDS_NO_REGISTRY.includes(operation.operationId)) {
      expect(answer.status, answer.text).toBe(200);
      return;
    }
    // An answer to HEAD has no body.
    if (operation.method !== 'HEAD') expectRefusal(answer, 'REGISTRY_UNAVAILABLE');
    contract.expectRefusal(operation, answer, 'REGISTRY_UNAVAILABLE');
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  test.each(ADDRESS_FORMS)(
    'an account that no route is kept of says so, whatever is asked, by %s',
    async (form) => {
      for (const slug of ['known', 'unknown']) {
        const url = accountUrl(instance, slug, form);
        for (const [method, path] of [
          ...[
            ['GET', '/me'],
            ['GET', '/openapi.json'],
            ['GET', '/docs'],
            ['POST', '/sessions'],
          ],
          ...[
            ['POST', '/sessions/refresh'],
            ['GET', '/files/x'],
            ['PUT', '/files/x'],
            ['GET', '/clients'],
          ],
          ...[
            ['DELETE', '/clients/x'],
            ['GET', '/_platform/health'],
            ['GET', '/'],
          ],
        ] as const) {
          const answer = await send(`${url}${path}`, { method: method ?? '', token: 'any' });
          expectRefusal(answer, 'REGISTRY_UNAVAILABLE');
        }
      }
    },
  );

  test('what needs no registry is refused as ever', async () => {
    const url = `${instance.url}/admin/accounts`;
    expectRefusal(await send(url, { token: 'wrong' }), 'ADMIN_TOKEN_INVALID');
    expectRefusal(await send(`${instance.url}/nothing-here`), 'NOT_FOUND');
  });
});

test('a kept route goes on for 5 seconds and no longer, and the rest of the account with it', async () => {
  const account = await openAccount(instance, 'warm');
  await using warm = new Hammer(() => account.send('/me'));
  await expect.poll(() => warm.lastServed).toBeGreaterThan(0);
  const bringBack = await takeRegistryAway(instance);
  const away = Date.now();
  try {
    await expect
      .poll(() => warm.latest - away, { timeout: 30_000 })
      .toBeGreaterThan(ROUTE_LIFETIME_MS + 1_000);
  } finally {
    await warm.stop();
    await bringBack();
  }
  expect(warm.lastServed).toBeLessThanOrEqual(away + ROUTE_LIFETIME_MS);
  expect(warm.outcomes).toStrictEqual(new Set(['200', 'REGISTRY_UNAVAILABLE']));
  expect((await account.send('/me')).status).toBe(200);
});

test('operations whose driver met no registry go on when it is back', { timeout: 120_000 }, async () => {
  const signups = await Promise.all(
    ['one', 'two', 'three'].map((name) => signUp(instance, `caught-${name}`)),
  );
  const bringBack = await takeRegistryAway(instance);
  await expect(platform.cloud.runCron('freehold-platform')).rejects.toThrow();
  await bringBack();
  for (const signup of signups) expect((await untilActive(instance, signup)).status).toBe('active');
});
