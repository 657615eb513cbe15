import { afterAll, beforeAll, expect, test } from 'vitest';
import { CustomHostnames, sendTo } from './support/custom-hostnames.ts';
import { type ProductionCloud, startProductionCloud } from './support/production-cloud.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';
import { accepted, ownerEmail, PASSWORD, signupBody } from './support/sign-up.ts';

const STEPS = [
  ...[
    'token',
    'zone',
    'dispatch-namespace',
    'registry',
    'buckets',
    'migrations',
    'custom-hostnames',
    'platform-worker',
    'secrets',
  ],
  ...['address', 'release', 'pool'],
];
/** As every run says it that was not asked for them. */
const HOSTNAMES_OFF = {
  ...{ step: 'custom-hostnames', outcome: 'left' },
  what: ['off: run it with --custom-hostnames to have them'],
};
const EU = { 'cf-r2-jurisdiction': 'eu' };
/** The host name that an account has of its own. */
const HOST = 'app.hart-law.co.uk';
const SCRIPT = '/workers/scripts/freehold-platform';
/** Deploying, and the trial of the release. */
const TIMEOUT_MS = 240_000;

let production: ProductionCloud;
let adminToken: string;

beforeAll(async () => {
  production = await startProductionCloud();
});
afterAll(() => production?.stop());

/** What the platform does for its pool. */
const OF_THE_PLATFORM =
  /^(POST \/d1\/database|PUT \/workers\/dispatch\/namespaces\/freehold\/scripts\/fh-.*)$/;

/** The command's API calls since the log was cleared that are no reads. A query may read: what it does is not logged. */
async function writes(): Promise<string[]> {
  const calls = await production.control.apiCalls();
  return calls.filter(
    (call) => !call.startsWith('GET ') && !call.endsWith('/query') && !OF_THE_PLATFORM.test(call),
  );
}

function reports(stdout: string): { step: string; outcome: string; what: string[] }[] {
  return stdout.split('\n').map((line) => JSON.parse(line));
}

/** What a run made or would make; the pool is filled by the platform too. */
function changes(stdout: string) {
  const isChange = ({ step, outcome }: { step: string; outcome: string }) =>
    outcome !== 'there' && step !== 'pool';
  return reports(stdout).filter(isChange);
}

function admin(path: string, token: string) {
  return send(`${production.url}${path}`, { token });
}

test('a dry run lists what it would make, and makes nothing', async () => {
  const { exitCode, stdout, stderr } = await production.bootstrap('--dry-run --json');
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  const found = reports(stdout);
  expect(found.map(({ step }) => step)).toStrictEqual(STEPS);
  expect(found).toContainEqual(HOSTNAMES_OFF);
  const [token, zone, ...others] = found.filter(({ step }) => step !== 'custom-hostnames');
  expect(token).toStrictEqual({ step: 'token', outcome: 'there', what: [] });
  expect(zone).toStrictEqual({ step: 'zone', outcome: 'there', what: [] });
  expect(new Set(others.map(({ outcome }) => outcome))).toStrictEqual(new Set(['missing']));
  expect(others.slice(0, 3).flatMap(({ what }) => what)).toStrictEqual([
    'the dispatch namespace freehold',
    'the database freehold-registry in the jurisdiction eu',
    'the bucket freehold-releases in the jurisdiction eu',
    'the bucket freehold-files-eu in the jurisdiction eu',
    'the bucket freehold-exports-eu in the jurisdiction eu',
  ]);
  expect(others[5]?.what).toStrictEqual(['SIGNING_KEYS', 'CLOUDFLARE_API_TOKEN', 'ADMIN_TOKEN_SHA256']);
  expect(await writes()).toStrictEqual([]);
  expect((await production.control.apiCalls()).filter((call) => call.includes('/query'))).toStrictEqual([]);
});

test('the first run makes everything and shows the admin token once', { timeout: TIMEOUT_MS }, async () => {
  const { exitCode, stdout, stderr } = await production.bootstrap();
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  const shown = [...stdout.matchAll(/FREEHOLD_ADMIN_TOKEN=([\w-]{43})$/gm)].map((match) => match[1]);
  expect(shown).toHaveLength(1);
  adminToken = shown[0] ?? '';
  expect(stdout).toMatch(new RegExp(`The platform serves at ${production.url}$`));
  expect(stdout).not.toContain(production.env.CLOUDFLARE_API_TOKEN);
  expect(stdout).not.toMatch(/"d"|Ed25519/);

  const [registry] = await production.api<unknown[]>('GET', '/d1/database?name=freehold-registry');
  expect(registry).toMatchObject({ name: 'freehold-registry', jurisdiction: 'eu' });
  const { buckets } = await production.api<{ buckets: object[] }>('GET', '/r2/buckets', undefined, EU);
  expect(buckets).toMatchObject(
    ['freehold-exports-eu', 'freehold-files-eu', 'freehold-releases'].map((name) => ({
      name,
      jurisdiction: 'eu',
    })),
  );
  expect(await production.api('GET', `${SCRIPT}/secrets`)).toStrictEqual(
    ['CLOUDFLARE_API_TOKEN', 'SIGNING_KEYS', 'ADMIN_TOKEN_SHA256'].map((name) => ({
      type: 'secret_text',
      name,
    })),
  );
  expect(await production.api('GET', `//zones/${production.zoneId}/workers/routes`)).toMatchObject([
    { pattern: '*.law.dev/*', script: 'freehold-platform' },
    { pattern: 'law.dev/*', script: 'freehold-platform' },
  ]);
  expect(await production.api('GET', `${SCRIPT}/schedules`)).toMatchObject({
    schedules: [{ cron: '* * * * *' }],
  });
});

test('the deployed platform serves: a signup claims from the pool and its owner logs in', async () => {
  const answer = await send(`${production.url}/accounts`, { method: 'POST', json: signupBody('smith') });
  expect(answer.status, answer.text).toBe(201);
  const { account } = accepted(answer);
  expect(account).toMatchObject({ status: 'active', residency: 'eu' });
  const json = { email: ownerEmail('smith'), password: PASSWORD };
  const headers = { host: 'smith.law.dev' };
  const session = await send(`${production.url}/sessions`, { method: 'POST', json, headers });
  expect(session.status, session.text).toBe(201);
  const { access_token } = session.body as { access_token: string }; // the platform's contract, tested elsewhere
  const me = await send(`${production.url}/me`, { headers, token: access_token });
  expect(me.body).toMatchObject({ email: ownerEmail('smith') });
  const accounts = await admin('/admin/accounts', adminToken);
  expect(accounts.body).toMatchObject({ data: [{ slug: 'smith' }] });
});

test('a second run finds all there and changes nothing', async () => {
  const deployments = await production.api('GET', `${SCRIPT}/deployments`);
  await production.control.clearCalls();
  // The signup took a stack from the pool: the platform makes another, which is no doing of the command's.
  const { exitCode, stdout, stderr } = await production.bootstrap('--json');
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  const found = reports(stdout).filter(({ step }) => step !== 'pool');
  expect(found).toStrictEqual(
    STEPS.slice(0, -1).map((step) =>
      step === HOSTNAMES_OFF.step ? HOSTNAMES_OFF : { step, outcome: 'there', what: [] },
    ),
  );
  expect(await writes()).toStrictEqual([]);
  expect(await production.api('GET', `${SCRIPT}/deployments`)).toStrictEqual(deployments);
  expect((await admin('/admin/accounts', adminToken)).status).toBe(200);
});

test('custom hostnames are switched on where it is asked for, stay on, and serve an account', {
  timeout: TIMEOUT_MS,
}, async () => {
  const instance = { ...production.instance, admin_token: adminToken };
  const hostnames = new CustomHostnames(instance);
  expectRefusal(await hostnames.add('smith', HOST), 'CUSTOM_HOSTNAMES_NOT_CONFIGURED');
  await production.control.clearCalls();
  const dry = await production.bootstrap('--dry-run --json --custom-hostnames');
  const missing = [
    { step: 'custom-hostnames', what: ['the fallback origin law.dev'] },
    { step: 'platform-worker', what: ['a deployment: other vars', 'the route */*'] },
  ];
  expect(changes(dry.stdout)).toStrictEqual(missing.map((change) => ({ ...change, outcome: 'missing' })));
  expect(await writes()).toStrictEqual([]);

  const first = await production.bootstrap('--json --custom-hostnames');
  expect(first.exitCode, first.stderr).toBe(0);
  expect(changes(first.stdout)).toStrictEqual(missing.map((change) => ({ ...change, outcome: 'made' })));
  expect((await sendTo(instance, HOST, '/me')).status).toBe(530);
  await hostnames.addActive('smith', HOST);
  const json = { email: ownerEmail('smith'), password: PASSWORD };
  const session = await sendTo(instance, HOST, '/sessions', { method: 'POST', json });
  expect(session.status, session.text).toBe(201);
  const me = await sendTo(instance, HOST, '/me', { token: Object(session.body).access_token });
  expect(me.body).toMatchObject({ email: ownerEmail('smith') });
  const [listed] = await hostnames.list('smith');
  expect(listed).toMatchObject({ hostname: HOST, status: 'active' });

  await production.control.clearCalls();
  const second = await production.bootstrap('--json');
  expect(second.exitCode, second.stderr).toBe(0);
  expect(changes(second.stdout)).toStrictEqual([]);
  expect(await writes()).toStrictEqual([]);
});

test('a lost admin token is replaced where it is asked for, and the old one is refused', async () => {
  const { exitCode, stdout } = await production.bootstrap('--new-admin-token --json');
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n').map((line) => JSON.parse(line));
  const { admin_token } = lines.find((line) => 'admin_token' in line);
  expect(lines.filter(({ outcome }) => outcome === 'made')).toStrictEqual([
    { step: 'secrets', outcome: 'made', what: ['ADMIN_TOKEN_SHA256 (a new one)'] },
  ]);
  expect((await admin('/admin/accounts', adminToken)).status).toBe(401);
  expect((await admin('/admin/accounts', admin_token)).status).toBe(200);
});

test('triggers that an interrupted deployment left out are made', { timeout: TIMEOUT_MS }, async () => {
  await production.api('PUT', `${SCRIPT}/schedules`, []);
  const routes = ['law.dev/*', '*/*'].map((pattern) => ({ pattern, zone_id: production.zoneId }));
  await production.api('PUT', `${SCRIPT}/routes`, routes);
  const { exitCode, stdout, stderr } = await production.bootstrap('--json');
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  expect(reports(stdout).filter(({ outcome }) => outcome === 'made')).toStrictEqual([
    { step: 'platform-worker', outcome: 'made', what: ['the cron * * * * *', 'the route *.law.dev/*'] },
  ]);
  expect(await production.api('GET', `//zones/${production.zoneId}/workers/routes`)).toHaveLength(3);
  expect(await production.api('GET', `${SCRIPT}/schedules`)).toMatchObject({
    schedules: [{ cron: '* * * * *' }],
  });
  expect(await production.api('GET', `${SCRIPT}/secrets`)).toHaveLength(3);
});

test('a domain in another zone is refused once accounts may have host names in this one', async () => {
  const { exitCode, stderr } = await production.bootstrap('--dry-run --json --domain other.dev');
  expect([exitCode, JSON.parse(stderr).error.code]).toStrictEqual([1, 'HOSTNAME_ZONE_OTHER']);
});

test('another domain is deployed, and tokens keep the issuer that accounts were made with', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { exitCode, stdout, stderr } = await production.bootstrap('--json --domain app.law.dev');
  expect({ exitCode, stderr }).toStrictEqual({ exitCode: 0, stderr: '' });
  expect(reports(stdout).find(({ step }) => step === 'platform-worker')?.what).toStrictEqual([
    'a deployment: other vars',
    'the route app.law.dev/*',
    'the route *.app.law.dev/*',
    'the route law.dev/* without a Worker',
    'the route *.law.dev/* without a Worker',
  ]);
  // What else is in the zone is nothing of the platform's, though it has the route of every host.
  const routes = await production.api<object[]>('GET', `//zones/${production.zoneId}/workers/routes`);
  expect(routes).toStrictEqual(
    ['*.app.law.dev/*', '*.law.dev/*', '*/*', 'app.law.dev/*', 'law.dev/*'].map((pattern) => ({
      ...{ id: expect.any(String), pattern },
      ...(!/^(\*\.)?law/.test(pattern) && { script: 'freehold-platform' }),
    })),
  );
  for (const [host, status] of [
    ['www.law.dev', 530],
    ['smith.app.law.dev', 401],
    [HOST, 401],
  ] as const) {
    expect([host, (await sendTo(production.instance, host, '/me')).status]).toStrictEqual([host, status]);
  }
  const { bindings } = await production.api<{ bindings: unknown[] }>('GET', `${SCRIPT}/settings`);
  for (const [name, text] of [
    ['PLATFORM_DOMAIN', 'app.law.dev'],
    ['TOKEN_ISSUER', 'https://law.dev'],
  ]) {
    expect(bindings).toContainEqual({ type: 'plain_text', name, text });
  }
});
