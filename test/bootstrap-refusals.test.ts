import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProductionCloud, startProductionCloud } from './support/production-cloud.ts';

let production: ProductionCloud;

beforeAll(async () => {
  production = await startProductionCloud();
});
afterAll(() => production?.stop());

/** Runs it and expects that it refuses; answers the error. */
async function refused(words = '', env: Readonly<Record<string, string>> = {}) {
  const { exitCode, stderr } = await production.bootstrap(`${words} --json`, env);
  expect(exitCode, stderr).toBe(1);
  return JSON.parse(stderr).error;
}

/** Has the API answer calls of this path once as it does where a permission is missing. */
async function forbid(path: string) {
  const answer = { status: 403, code: 10000, message: 'Authentication error' };
  await production.control.addFault({ kind: 'fail-before', on: 'api', path, ...answer });
}

test('a token of nobody is refused', async () => {
  const error = await refused('', { CLOUDFLARE_API_TOKEN: 'of-nobody' });
  expect(error).toMatchObject({
    code: 'TOKEN_INVALID',
    message: 'CLOUDFLARE_API_TOKEN is no API token of this Cloudflare account.',
  });
});

test('every permission that is missing is named at once', async () => {
  await forbid('/r2/buckets');
  await forbid('/zones');
  const error = await refused();
  expect(error).toMatchObject({
    code: 'TOKEN_PERMISSION_MISSING',
    context: {
      missing: ['Account › Workers R2 Storage › Edit, with R2 enabled', 'Zone › Zone › Read'],
    },
  });
});

test('a write that a reading token is refused names what its step needs', async () => {
  const answer = { status: 403, code: 10000, message: 'Authentication error' };
  const path = '/workers/dispatch/namespaces';
  await production.control.addFault({ kind: 'fail-before', method: 'POST', path, ...answer });
  expect(await refused()).toMatchObject({
    code: 'TOKEN_PERMISSION_MISSING',
    message: 'The step dispatch-namespace was refused. It needs: Account › Workers Scripts › Edit.',
  });
});

test('routes that may not be read are found out before anything is made', async () => {
  await production.control.clearCalls();
  await forbid('/zones/*/workers/routes');
  expect(await refused()).toMatchObject({
    code: 'TOKEN_PERMISSION_MISSING',
    message: 'The step zone was refused. It needs: Zone › Zone › Read and Zone › Workers Routes › Edit.',
  });
  const calls = await production.control.apiCalls();
  expect(calls.filter((call) => !call.startsWith('GET '))).toStrictEqual([]);
});

test('variables and a domain that make no sense are refused before anything is asked', async () => {
  await production.control.clearCalls();
  expect(await refused('', { CLOUDFLARE_ACCOUNT_ID: '' })).toMatchObject({
    code: 'VARIABLE_MISSING',
    message: 'CLOUDFLARE_ACCOUNT_ID is not set.',
  });
  expect(await refused('--domain localhost')).toMatchObject({ code: 'DOMAIN_INVALID' });
  expect(await production.control.apiCalls()).toStrictEqual([]);
});

test('a registry in another jurisdiction is not adopted', async () => {
  const made = await production.api<{ uuid: string }>('POST', '/d1/database', {
    ...{ name: 'freehold-registry', jurisdiction: 'us' },
  });
  expect(await refused()).toMatchObject({
    code: 'WRONG_JURISDICTION',
    message: 'The database freehold-registry lies in the jurisdiction us, not in eu.',
    context: { database_id: made.uuid, jurisdiction: 'us' },
  });
  await production.api('DELETE', `/d1/database/${made.uuid}`);
});

test('a bucket of the same name in another jurisdiction is none of ours', async () => {
  await production.api('POST', '/r2/buckets', { name: 'freehold-files-eu' });
  const { stdout } = await production.bootstrap('--dry-run');
  expect(stdout).toContain('the bucket freehold-files-eu in the jurisdiction eu');
});

test('a domain that no zone of the account has is refused', async () => {
  expect(await refused('--dry-run --domain elsewhere.example')).toMatchObject({ code: 'ZONE_NOT_FOUND' });
});

test('custom hostnames need their permission: of the operator, and of the platform where its token is given', async () => {
  await forbid('/zones/*/custom_hostnames/fallback_origin');
  const asks = '--dry-run --custom-hostnames';
  expect(await refused(asks, { FREEHOLD_PLATFORM_API_TOKEN: '' })).toMatchObject({
    code: 'TOKEN_PERMISSION_MISSING',
    message:
      'The step custom-hostnames was refused. It needs: Zone › SSL and Certificates › Edit, with Cloudflare for SaaS enabled for the zone.',
  });
  await forbid('/zones/*/custom_hostnames');
  expect(await refused(asks)).toMatchObject({
    code: 'TOKEN_PERMISSION_MISSING',
    message: 'FREEHOLD_PLATFORM_API_TOKEN lacks: Zone › SSL and Certificates › Edit.',
  });
});

test('a fallback origin that is not active is told of, and one that is not ours is not taken', async () => {
  const path = `//zones/${production.zoneId}/custom_hostnames/fallback_origin`;
  await production.control.addFault({ kind: 'unverified', method: 'PUT' });
  await production.api('PUT', path, { origin: 'law.dev' });
  const { stdout } = await production.bootstrap('--dry-run --custom-hostnames');
  expect(stdout).toMatch(
    /custom-hostnames +left\n {4}the fallback origin law\.dev is pending_deployment: DNS records are not/,
  );
  await production.api('PUT', path, { origin: 'shop.law.dev' });
  expect(await refused('--dry-run --custom-hostnames')).toMatchObject({
    code: 'FALLBACK_ORIGIN_TAKEN',
    context: { origin: 'shop.law.dev' },
  });
});

test('a route that leads to another Worker is not taken', async () => {
  const form = new FormData();
  form.set('metadata', JSON.stringify({ main_module: 'index.js', compatibility_date: '2026-11-01' }));
  const source = 'export default { fetch: () => new Response() }';
  form.set('index.js', new File([source], 'index.js', { type: 'application/javascript+module' }));
  await production.upload('/workers/scripts/shop', form);
  await production.api('POST', `//zones/${production.zoneId}/workers/routes`, {
    ...{ pattern: '*.law.dev/*', script: 'shop' },
  });
  expect(await refused('--dry-run')).toMatchObject({
    code: 'ROUTE_TAKEN',
    message: 'The route *.law.dev/* leads to shop.',
  });
});

test('a Workflow in another jurisdiction is refused before anything is deployed', async () => {
  const path = '/workflows/freehold-operations';
  await production.api('PUT', path, { script_name: 'shop', class_name: 'OperationWorkflow' });
  expect(await refused('--dry-run')).toMatchObject({
    code: 'WRONG_JURISDICTION',
    message: 'The Workflow freehold-operations is in the jurisdiction of none, not in eu.',
  });
});
