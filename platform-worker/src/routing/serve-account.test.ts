import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startRegistry } from '#test/support/registry-database.ts';
import type { Platform } from '../platform.ts';
import { RouteResolver } from './route-resolver.ts';
import { serveAccount } from './serve-account.ts';

let database: Awaited<ReturnType<typeof startRegistry>>;
let dispatched: Request[];

beforeAll(async () => {
  database = await startRegistry();
});
afterAll(() => database?.stop());
beforeEach(() => {
  dispatched = [];
});

function platform(): Platform {
  const fetch = async (request: Request) => {
    dispatched.push(request);
    return new Response('answered');
  };
  return {
    env: { DISPATCHER: { get: () => ({ fetch }) } },
    routes: new RouteResolver({ registry: database.registry, now: () => 0 }),
    verifier: { verifyAccessToken: async () => undefined },
    accountUrls: { platformUrl: 'https://freehold.test', platformDomain: 'freehold.test', form: 'host' },
  } as unknown as Platform; // what serving a document uses of it
}

function ask(path: string, init: RequestInit = {}) {
  const url = new URL(`https://freehold.test/a/acme${path}`);
  return serveAccount(platform(), {
    request: new Request(url, init),
    url,
    address: {
      name: { by: 'slug', name: 'acme' },
      path: url.pathname.slice('/a/acme'.length),
      url: 'https://freehold.test/a/acme',
    },
    requestId: 'request-1',
    keepAlive: () => undefined,
  });
}

async function setStatus(status: string): Promise<void> {
  const body = JSON.stringify({ slug: 'acme', name: 'Acme', status, residency: 'eu' });
  await database.registry.batch([
    database.registry.prepare(`DELETE FROM stacks`),
    database.registry.prepare(`DELETE FROM accounts`),
    database.registry.prepare(`INSERT OR IGNORE INTO releases VALUES ('release', 1, 1, 1, 1)`),
    database.registry
      .prepare(`INSERT INTO accounts (id, body, created_at, updated_at) VALUES ('account', ?, 1, 1)`)
      .bind(body),
    database.registry.prepare(
      `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
       VALUES ('stack', 'account', 'serving', 'eu', 'main', 'fh-stack', 'freehold', 'release', 1, 1)`,
    ),
  ]);
}

test.each(['/openapi.json', '/docs'])(
  'of what a stranger sends with %s only the path goes on',
  async (path) => {
    await setStatus('active');
    const headers = {
      authorization: 'Bearer stolen',
      cookie: 'a=b',
      'x-freehold-account-url': 'https://evil.test',
    };
    await ask(`${path}?x=<script>`, { headers });
    const [request] = dispatched;
    expect(request?.url).toBe(`https://fh-stack${path}`);
    expect(Object.fromEntries(request?.headers ?? [])).toStrictEqual({
      'x-request-id': 'request-1',
      'x-freehold-account-url': 'https://freehold.test/a/acme',
      'x-freehold-account-other-url': 'https://acme.freehold.test',
    });
  },
);

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s of a document wakes nobody', async (method) => {
  await setStatus('active');
  await expect(ask('/openapi.json', { method })).rejects.toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  expect(dispatched).toHaveLength(0);
});

test.each(['/openapi.json/', '/docs/', '//docs', '/docs/x', '/DOCS', '/openapi.json%20', '/%64ocs'])(
  'what only looks like a document needs a token: %s',
  async (path) => {
    await setStatus('active');
    await expect(ask(path)).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
    expect(dispatched).toHaveLength(0);
  },
);

test.each([
  ['suspended', 'ACCOUNT_SUSPENDED'],
  ['deleting', 'ACCOUNT_NOT_FOUND'],
  ['deleted', 'ACCOUNT_NOT_FOUND'],
  ['failed', 'ACCOUNT_UNAVAILABLE'],
  ['provisioning', 'ACCOUNT_PROVISIONING'],
])('the document of an account that is %s is refused as all else of it', async (status, code) => {
  await setStatus(status);
  for (const path of ['/openapi.json', '/docs', '/clients']) {
    await expect(ask(path)).rejects.toMatchObject({ code });
  }
  expect(dispatched).toHaveLength(0);
});
