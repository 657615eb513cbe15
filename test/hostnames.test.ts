import { BaseCustomHostnames } from 'cloudflare/resources/custom-hostnames/custom-hostnames';
import { createClient } from 'cloudflare/tree-shakable';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { CustomHostnames, sendTo } from './support/custom-hostnames.ts';
import { endGrace } from './support/delete-account.ts';
import { declared } from './support/documents.ts';
import { expectAlike } from './support/isolation/alike.ts';
import { adminList } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { Mailbox } from './support/mailbox.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { accepted, ownerEmail, PASSWORD, untilFinished } from './support/sign-up.ts';

const ZONE = '00000000000000000000000000000001';
const POST = { method: 'POST', path: `/zones/${ZONE}/custom_hostnames` } as const;

const TAKEN = [{ field: 'hostname', message: 'This host name is taken.' }];

let log: Mailbox;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let control: CloudControl;
let hostnames: CustomHostnames;
let acme: OpenAccount;
let other: OpenAccount;

beforeAll(async () => {
  log = new Mailbox();
  platform = await startTestPlatform({ faults: {}, withoutEdge: false });
  control = new CloudControl(platform.cloud, { apiToken: platform.instance.cloudflare_api_token });
  hostnames = new CustomHostnames(platform.instance);
  [acme, other] = await Promise.all([
    openAccount(platform.instance, 'acme'),
    openAccount(platform.instance, 'other'),
  ]);
});
afterAll(async () => {
  await platform?.stop();
  log.close();
});
beforeEach(() => control.removeFaults());

const at = (host: string, path: string, options: SendOptions = {}) =>
  sendTo(platform.instance, host, path, options);
const me = (host: string, account: OpenAccount) => at(host, '/me', { token: account.session.access_token });

function cloudflare() {
  const { cloudflare_api_url: baseURL, cloudflare_api_token: apiToken } = platform.instance;
  return createClient({ resources: [BaseCustomHostnames], baseURL, apiToken, maxRetries: 0 }).customHostnames;
}

/** Begins an operation on an account. */
async function act(method: string, path: string, json?: unknown) {
  const { url, admin_token: token } = platform.instance;
  const answer = await send(`${url}/admin/accounts/${path}`, {
    method,
    token,
    ...(json !== undefined && { json }),
  });
  const { operation } = accepted(answer);
  return { ended: () => untilFinished(platform.instance, operation.id) };
}

async function atCloudflare(exact: string): Promise<string[]> {
  const { result } = await cloudflare().list({ zone_id: ZONE, hostname: { exact } });
  return result.map(({ hostname }) => hostname);
}

/** Without the edge of the zone before it a request for any host would reach the platform: it must hold there too. */
describe('a hostname', () => {
  test('is pending until Cloudflare has verified it, says what to set up, and is served from then on', async () => {
    await control.addFault({ kind: 'unverified', ...POST });
    const { operation } = accepted(await hostnames.add('acme', 'App.Hart-Law.co.uk'));
    expect(await untilFinished(platform.instance, operation.id)).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'ensure-custom-hostname' }],
    });
    const [pending] = await hostnames.list('acme');
    expect(pending).toMatchObject({
      hostname: 'app.hart-law.co.uk',
      account_id: acme.account.id,
      status: 'pending',
      setup: {
        records: [
          { type: 'CNAME', name: 'app.hart-law.co.uk', value: 'localhost' },
          { type: 'TXT', name: '_cf-custom-hostname.app.hart-law.co.uk', value: expect.any(String) },
        ],
        files: [
          { url: expect.stringContaining('cf-custom-hostname-challenge'), body: expect.any(String) },
          { url: expect.stringContaining('pki-validation'), body: expect.any(String) },
        ],
        problems: ['custom hostname does not CNAME to this zone.'],
      },
    });
    expect((await me('app.hart-law.co.uk', acme)).status).toBe(530);

    await control.verifyHostname('app.hart-law.co.uk');
    const active = await hostnames.until('acme', 'app.hart-law.co.uk', ({ status }) => status === 'active');
    expect(active.setup).toBeNull();
    expect((await me('app.hart-law.co.uk', acme)).status).toBe(200);
    expect((await me('APP.hart-law.co.uk:8787', acme)).status).toBe(200);
    const json = { email: ownerEmail('acme'), password: PASSWORD };
    expect((await at('app.hart-law.co.uk', '/sessions', { method: 'POST', json })).status).toBe(201);
  });

  test('does not lead while the edge passes it and the platform has not recorded it yet', async () => {
    await cloudflare().create({
      zone_id: ZONE,
      hostname: 'early.hart.dev',
      ssl: { method: 'http', type: 'dv' },
    });
    for (const path of [
      '/me',
      '/health',
      '/admin/accounts',
      '/accounts',
      '/a/acme/me',
      '/openapi.json',
      '/',
    ]) {
      const token = path === '/admin/accounts' ? platform.instance.admin_token : acme.session.access_token;
      const answer = await at('early.hart.dev', path, {
        token,
        headers: { 'x-forwarded-host': 'acme.localhost', forwarded: 'host=acme.localhost' },
      });
      expectRefusal(answer, 'ACCOUNT_NOT_FOUND');
    }
    const json = { email: ownerEmail('acme'), password: PASSWORD };
    expectRefusal(await at('early.hart.dev', '/sessions', { method: 'POST', json }), 'ACCOUNT_NOT_FOUND');
  });

  test('lets nobody in whom the slug would not let in, and answers them alike', async () => {
    const strangers = [other.session.access_token, 'nonsense', undefined, platform.instance.admin_token];
    for (const token of strangers) {
      for (const path of ['/me', '/clients', '/_platform/health', '/nowhere']) {
        const by = (host: string) => at(host, path, { token });
        expectAlike(await by('acme.localhost'), await by('app.hart-law.co.uk'));
      }
    }
    expectRefusal(await me('app.hart-law.co.uk', other), 'ACCOUNT_NOT_FOUND');
    // A path that looks like another account's is a path of this one.
    expectRefusal(
      await at('app.hart-law.co.uk', '/a/other/me', { token: other.session.access_token }),
      'ACCOUNT_NOT_FOUND',
    );
    const { access_token: token } = acme.session;
    expectRefusal(await at('app.hart-law.co.uk', '/a/acme/me', { token }), 'NOT_FOUND');
  });

  test('is the address that answers and mails name where it was used', async () => {
    const url = `http://app.hart-law.co.uk:${new URL(platform.instance.url).port}`;
    const { access_token: token } = acme.session;
    const document = await at('app.hart-law.co.uk', '/openapi.json');
    expect(Object(document.body).servers[0].url).toBe(url);
    const json = { kind: 'individual', first_name: 'Bob', last_name: 'Stone' };
    const created = await at('app.hart-law.co.uk:1', '/clients', { method: 'POST', json, token });
    expect(created.headers.get('location')).toBe(`${url}/clients/${Object(created.body).id}`);
    const deed = await at('app.hart-law.co.uk', '/documents', {
      ...{ method: 'POST', token, json: { name: 'Deed.pdf', ...declared('A deed.') } },
    });
    const { upload } = Object(deed.body);
    expect(upload.url).toContain(`${url}/files/`);
    const sent = await at('app.hart-law.co.uk', new URL(upload.url).pathname, {
      ...{ method: 'PUT', body: 'A deed.', headers: upload.headers },
    });
    expect(sent.status, sent.text).toBe(200);
    const invited = { name: 'Cy', email: 'cy@acme.example' };
    await at('app.hart-law.co.uk:1', '/invitations', { method: 'POST', json: invited, token });
    expect((await log.waitFor('cy@acme.example')).link).toContain(`${url}/invitations/accept#token=`);
    const email = ownerEmail('acme');
    await at('app.hart-law.co.uk', '/password-resets', { method: 'POST', json: { email } });
    expect((await log.waitFor(email)).link).toContain(`${url}/password-resets/complete#token=`);
  });

  test('is one account’s only, however many ask at once', async () => {
    const answers = await Promise.all(
      ['acme', 'other', 'acme', 'other'].map((slug) => hostnames.add(slug, 'only.hart.dev')),
    );
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThan(0);
    const owners = await Promise.all(['acme', 'other'].map((slug) => hostnames.list(slug)));
    const holding = owners.map((all) => all.filter(({ hostname }) => hostname === 'only.hart.dev').length);
    expect(holding.sort()).toStrictEqual([0, 1]);
    const loser = owners[0]?.some(({ hostname }) => hostname === 'only.hart.dev') ? 'other' : 'acme';
    expectRefusal(await hostnames.add(loser, 'ONLY.hart.dev'), 'HOSTNAME_TAKEN', { fields: TAKEN });
    expectRefusal(await hostnames.add('other', 'app.hart-law.co.uk'), 'HOSTNAME_TAKEN', { fields: TAKEN });
    expectRefusal(await hostnames.remove('other', 'app.hart-law.co.uk'), 'HOSTNAME_NOT_FOUND');
  });

  test.each([['acme.localhost', 'localhost', '127.0.0.1', 'hart', '*.hart.dev', 'bücher.de', '', 7, null]])(
    'that cannot be one is refused by its field: %j',
    async (...wrong) => {
      for (const hostname of wrong) expectInvalidFields(await hostnames.add('acme', hostname), 'hostname');
    },
  );

  test('that waits for its owner keeps no other operation from the account, nor is served while that is suspended', async () => {
    await control.addFault({ kind: 'unverified', ...POST });
    await hostnames.addPending('other', 'slow.hart.dev');
    await hostnames.addActive('other', 'quick.hart.dev');
    expect((await me('quick.hart.dev', other)).status).toBe(200);
    const suspended = await act('POST', 'other/suspend');
    expectRefusal(await me('quick.hart.dev', other), 'ACCOUNT_SUSPENDED');
    expect((await suspended.ended()).status).toBe('succeeded');
    expectRefusal(await me('quick.hart.dev', other), 'ACCOUNT_SUSPENDED');
    expect((await (await act('POST', 'other/resume')).ended()).status).toBe('succeeded');
    await control.verifyHostname('slow.hart.dev');
    await hostnames.until('other', 'slow.hart.dev', ({ status }) => status === 'active');
    expect((await me('slow.hart.dev', other)).status).toBe(200);
  });

  test('that is removed leads nowhere from the answer on, and may be another’s after', async () => {
    await hostnames.addActive('acme', 'moving.hart.dev');
    expect((await me('moving.hart.dev', acme)).status).toBe(200);
    const { operation } = accepted(await hostnames.remove('acme', 'MOVING.hart.dev'));
    expectRefusal(await me('moving.hart.dev', acme), 'ACCOUNT_NOT_FOUND');
    expect(await hostnames.list('acme')).toContainEqual(expect.objectContaining({ status: 'removing' }));
    expectRefusal(await hostnames.add('other', 'moving.hart.dev'), 'HOSTNAME_TAKEN', { fields: TAKEN });
    expect(await untilFinished(platform.instance, operation.id)).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'await-route-expiry' }, { name: 'delete-custom-hostname' }],
    });
    expect(await atCloudflare('moving.hart.dev')).toStrictEqual([]);
    expect((await hostnames.list('acme')).map(({ hostname }) => hostname)).not.toContain('moving.hart.dev');
    expectRefusal(await hostnames.remove('acme', 'moving.hart.dev'), 'HOSTNAME_NOT_FOUND');
    await hostnames.addActive('other', 'moving.hart.dev');
    expectRefusal(await me('moving.hart.dev', acme), 'ACCOUNT_NOT_FOUND');
    expect((await me('moving.hart.dev', other)).status).toBe(200);
    const events = (await adminList(platform.instance, 'events')).map(Object);
    const its = events.filter(({ after }) => after?.hostname === 'moving.hart.dev');
    expect(its.map(({ action }) => action).sort()).toStrictEqual([
      ...['add-hostname.began', 'add-hostname.began', 'add-hostname.succeeded', 'add-hostname.succeeded'],
      ...['hostname.verified', 'hostname.verified', 'remove-hostname.began', 'remove-hostname.succeeded'],
    ]);
  });

  test('that is not verified yet may be removed', async () => {
    await control.addFault({ kind: 'unverified', ...POST });
    await hostnames.addPending('acme', 'mistyped.hart.dev');
    const { operation } = accepted(await hostnames.remove('acme', 'mistyped.hart.dev'));
    expect((await untilFinished(platform.instance, operation.id)).status).toBe('succeeded');
    expect(await atCloudflare('mistyped.hart.dev')).toStrictEqual([]);
  });

  test('of a deleted account reaches nobody, and is gone at Cloudflare and free when it is purged', async () => {
    const account = await openAccount(platform.instance, 'leaving');
    await hostnames.addActive('leaving', 'leaving.hart.dev');
    await control.addFault({ kind: 'unverified', ...POST });
    await hostnames.addPending('leaving', 'leaving-too.hart.dev');
    expect((await me('leaving.hart.dev', account)).status).toBe(200);
    const deleting = await act('DELETE', 'leaving', { grace_days: 1 });
    expectRefusal(await me('leaving.hart.dev', account), 'ACCOUNT_NOT_FOUND');
    expect((await deleting.ended()).status).toBe('succeeded');
    expectRefusal(await hostnames.add('leaving', 'new.hart.dev'), 'ACCOUNT_STATUS_CONFLICT', {
      ...{ status: 'deleting', allowed: ['active', 'suspended'] },
    });
    expectRefusal(await hostnames.add('acme', 'leaving.hart.dev'), 'HOSTNAME_TAKEN', { fields: TAKEN });
    await endGrace(platform.instance, account.account.id);
    const purged = await (await act('POST', 'leaving/purge')).ended();
    expect(purged).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'delete-custom-hostnames' }, {}, {}, {}, {}],
    });
    expect(await atCloudflare('leaving.hart.dev')).toStrictEqual([]);
    expect(await atCloudflare('leaving-too.hart.dev')).toStrictEqual([]);
    expect((await me('leaving.hart.dev', account)).status).toBe(530);
    await hostnames.addActive('acme', 'leaving.hart.dev');
    expectRefusal(await me('leaving.hart.dev', account), 'ACCOUNT_NOT_FOUND');
    expect((await me('leaving.hart.dev', acme)).status).toBe(200);
  });
});

describe('where the platform has no zone', () => {
  test('host names are refused with what to configure', async () => {
    await using bare = await startTestPlatform({ vars: { CUSTOM_HOSTNAME_ZONE_ID: '' } });
    await openAccount(bare.instance, 'acme');
    const none = new CustomHostnames(bare.instance);
    expectRefusal(await none.add('acme', 'app.hart.dev'), 'CUSTOM_HOSTNAMES_NOT_CONFIGURED');
    expectRefusal(await none.remove('acme', 'app.hart.dev'), 'CUSTOM_HOSTNAMES_NOT_CONFIGURED');
    expect(await none.list('acme')).toStrictEqual([]);
    for (const path of ['/health', '/admin/accounts', '/a/acme/me']) {
      const { admin_token: token } = bare.instance;
      expectRefusal(await sendTo(bare.instance, 'evil.example', path, { token }), 'ACCOUNT_NOT_FOUND');
    }
  });
});
