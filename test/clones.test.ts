import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setAccountStatus } from './support/account-status.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { deleteAccount, endGrace } from './support/delete-account.ts';
import { downloadUrl, newDocument, sendBytes, storedDocument } from './support/documents.ts';
import { Mailbox, tokenOf } from './support/mailbox.ts';
import { logIn, OpenAccount, openAccount, pageSchema, type TestRecord } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { accepted, ownerEmail, PASSWORD, readAccount, untilFinished } from './support/sign-up.ts';

const UNKNOWN = '0194a1b2-0000-7000-8000-000000000000';
const TEXT = 'The quick brown fox';

let platform: CliPlatform;
let mailbox: Mailbox;
let cloud: CloudApi;

beforeAll(async () => {
  mailbox = new Mailbox();
  platform = await startCliPlatform();
  cloud = new CloudApi(platform.instance);
});
afterAll(async () => {
  await platform?.stop();
  mailbox.close();
});

function admin(path: string, options: SendOptions = {}) {
  const { url, admin_token: token } = platform.instance;
  return send(`${url}/admin${path}`, { token, ...options });
}

function order(path: string, json: unknown = {}, options: SendOptions = {}) {
  return admin(`/accounts/${path}`, { method: 'POST', json, ...options });
}

async function exportNow(slug: string): Promise<string> {
  const { operation } = accepted(await order(`${slug}/export`));
  expect((await untilFinished(platform.instance, operation.id)).error).toBeNull();
  return operation.id;
}

/** Clones an account, waits, and logs its owner in to the clone. */
async function clone(source: string, slug: string, exportId?: string): Promise<OpenAccount> {
  const export_id = exportId ?? (await exportNow(source));
  const { operation } = accepted(await order(`${source}/clones`, { name: 'Copy', slug, export_id }));
  const { status, error } = await untilFinished(platform.instance, operation.id);
  expect({ status, error }).toEqual({ status: 'succeeded', error: null });
  return enter(slug, source);
}

/** As the owner of the account that the slug's account was made a copy of. */
async function enter(slug: string, source: string): Promise<OpenAccount> {
  const session = await logIn(platform.instance, slug, 'path', ownerEmail(source));
  return new OpenAccount(platform.instance, await readAccount(platform.instance, slug), session);
}

async function stackOf({ account }: OpenAccount) {
  const { body } = await admin(`/stacks?account_id=${account.id}`);
  const { id, database_id } = Object(body).data.at(-1);
  return { id: String(id), databaseId: String(database_id) };
}

async function records(account: OpenAccount, path: string): Promise<TestRecord[]> {
  const { body, text } = await account.send(path);
  return pageSchema.safeParse(body).data?.data ?? expect.fail(text);
}

async function post(account: OpenAccount, path: string, json: unknown): Promise<TestRecord> {
  const answer = await account.send(path, { method: 'POST', json });
  expect(answer.status, answer.text).toBe(201);
  return Object(answer.body);
}

function openCase(account: OpenAccount, client_id: string) {
  return post(account, '/cases', { client_id, title: 'A case' });
}

/** The address of a file with another account in it. */
function addressIn(account: OpenAccount, url: string): string {
  return `${account.url('path')}${url.slice(url.indexOf('/files/'))}`;
}

describe('a clone', () => {
  test('made by the command line holds what the account holds, and nothing says whose it was', async () => {
    const source = await openAccount(platform.instance, 'origin');
    const client = await source.createClient({ kind: 'company', company_name: 'Stone Ltd' });
    const first = await openCase(source, client.id);
    const deed = await storedDocument(source, TEXT, { client_id: client.id });
    const { exitCode, stdout, stderr } = await platform.run(
      'accounts clone origin --name Training --slug training --json',
    );
    expect(exitCode, stderr).toBe(0);
    const { account, operation } = JSON.parse(stdout);
    expect(account).toMatchObject({ slug: 'training', name: 'Training', status: 'active', residency: 'eu' });
    expect(operation.steps.map(({ name }: { name: string }) => name)).toEqual([
      ...['ensure-database', 'restore-export', 'ensure-worker', 'claim-copy', 'copy-files', 'verify'],
      'activate',
    ]);

    const copy = await enter('training', 'origin');
    expect(copy.account.id).not.toBe(source.account.id);
    const [copied] = await records(copy, '/clients');
    expect(copied).toEqual({ ...client, account_id: copy.account.id });
    expect(await records(copy, '/cases')).toEqual([{ ...first, account_id: copy.account.id }]);
    expect((await send(await downloadUrl(copy, deed.id))).text).toBe(TEXT);
    expect((await copy.send('/changes')).body).toEqual((await source.send('/changes')).body);
    const numbers = await Promise.all([source, copy].map((one) => openCase(one, client.id)));
    expect(numbers.map(({ reference }) => reference)).toEqual([numbers[0]?.reference, numbers[0]?.reference]);
    expect(numbers[0]?.reference).not.toBe(first.reference);

    const [theirs, ours] = [await stackOf(source), await stackOf(copy)];
    const held = await cloud.dump(ours.databaseId);
    expect(held).toContain(copy.account.id);
    for (const mark of [source.account.id, theirs.id]) expect(held).not.toContain(mark);
    const held2 = await cloud.dump(theirs.databaseId);
    for (const mark of [copy.account.id, ours.id]) expect(held2).not.toContain(mark);

    const events = async (id: string, action: string) =>
      Object((await admin(`/events?target_id=${id}&action=${action}`)).body).data;
    expect(await events(source.account.id, 'account.cloned')).toMatchObject([
      { actor: 'admin', after: { clone_account_id: copy.account.id, operation_id: operation.id } },
    ]);
    expect(await events(copy.account.id, 'clone.began')).toMatchObject([
      { actor: 'admin', after: { source_account_id: source.account.id, operation_id: operation.id } },
    ]);
  });

  test('is opened by nothing that opens the source, nor the source by what opens the clone', async () => {
    const source = await openAccount(platform.instance, 'guarded');
    const deed = await storedDocument(source, TEXT);
    const pending = await newDocument(source, TEXT, { name: 'Never came.pdf' });
    const invited = { name: 'Ivy', email: 'ivy@guarded.example', role: 'member' };
    await post(source, '/invitations', invited);
    const invitation = tokenOf(await mailbox.waitFor(invited.email));
    const key = { headers: { 'idempotency-key': 'the-key' } };
    const kept = { method: 'POST', json: { name: 'Litigation' }, ...key };
    expect((await source.send('/groups', kept)).status).toBe(201);
    const resetUrl = `${source.url('path')}/password-resets`;
    await send(resetUrl, { method: 'POST', json: { email: ownerEmail('guarded') } });
    const reset = tokenOf(await mailbox.waitFor(ownerEmail('guarded')));
    const copy = await clone('guarded', 'guarded-copy');

    const urls = { source: await downloadUrl(source, deed.id), copy: await downloadUrl(copy, deed.id) };
    const stacks = { source: await stackOf(source), copy: await stackOf(copy) };
    for (const [from, to, url] of [
      [source, copy, urls.source],
      [copy, source, urls.copy],
    ] as const) {
      const { access_token: token, refresh_token } = from.session;
      for (const path of ['/me', '/clients', `/documents/${deed.id}`, '/changes']) {
        expectRefusal(await to.send(path, { token }), 'ACCOUNT_NOT_FOUND');
      }
      const refresh = { method: 'POST', json: { refresh_token } };
      expectRefusal(await send(`${to.url('path')}/sessions/refresh`, refresh), 'REFRESH_TOKEN_INVALID');
      expect((await send(url)).text).toBe(TEXT);
      expectRefusal(await send(addressIn(to, url)), 'ACCOUNT_NOT_FOUND');
      expect((await send(`${to.url('path')}/files/${from.account.id}`)).status).not.toBe(200);
    }
    expect(stacks.source.databaseId).not.toBe(stacks.copy.databaseId);

    // Links, kept answers and uploads of the source are of no use in the clone.
    const outside = { method: 'POST' };
    const accept = `${copy.url('path')}/invitations/accept`;
    const answers = [
      await send(accept, { ...outside, json: { token: invitation, password: PASSWORD } }),
      await send(`${copy.url('path')}/password-resets/complete`, {
        ...{ ...outside, json: { token: reset, new_password: 'another long password' } },
      }),
    ];
    for (const answer of answers) expectRefusal(answer, 'ONE_TIME_TOKEN_INVALID');
    expect(await records(copy, '/invitations')).toEqual([]);
    const again = await copy.send('/groups', kept);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expectRefusal(await copy.send(`/documents/${pending.id}`), 'RECORD_NOT_FOUND');
    const upload = { ...pending.upload, url: addressIn(copy, pending.upload.url) };
    expectRefusal(await sendBytes(upload, TEXT), 'ACCOUNT_NOT_FOUND');

    // And all of it goes on working in the source.
    expect((await sendBytes(pending.upload, TEXT)).status).toBe(200);
    const joined = await send(`${source.url('path')}/invitations/accept`, {
      ...{ ...outside, json: { token: invitation, password: PASSWORD } },
    });
    expect(joined.status, joined.text).toBe(201);
    expect((await source.send('/me')).status).toBe(200);
    expectRefusal(await copy.send(`/documents/${pending.id}`), 'RECORD_NOT_FOUND');
  });

  test('goes its own way: what is written in one never shows in the other', async () => {
    const source = await openAccount(platform.instance, 'parted');
    const common = await source.createClient({ kind: 'company', company_name: 'Common' });
    const deed = await storedDocument(source, TEXT);
    const export_id = await exportNow('parted');
    const since = await storedDocument(source, 'Since the export');
    const copy = await clone('parted', 'parted-copy', export_id);
    for (const [one, other, name] of [
      [source, copy, 'Only in the source'],
      [copy, source, 'Only in the clone'],
    ] as const) {
      const client = await one.createClient({ kind: 'company', company_name: name });
      const file = await storedDocument(one, name);
      const path = `/clients/${common.id}`;
      const renamed = await one.send(path, { method: 'PATCH', json: { company_name: name } });
      expect(renamed.status, renamed.text).toBe(200);
      for (const foreign of [`/clients/${client.id}`, `/documents/${file.id}`]) {
        expectRefusal(await other.send(foreign), 'RECORD_NOT_FOUND');
      }
      for (const seen of ['/clients', `${path}`, '/changes', '/documents']) {
        expect((await other.send(seen)).text).not.toContain(client.id);
      }
      expect((await other.send(path)).text).not.toContain(name);
    }
    expectRefusal(await copy.send(`/documents/${since.id}`), 'RECORD_NOT_FOUND');
    const password = { current_password: PASSWORD, new_password: 'another long password' };
    expect((await copy.send('/me/password', { method: 'POST', json: password })).status).toBeLessThan(300);
    await logIn(platform.instance, 'parted');

    // Neither one's end hurts the other's files.
    await deleteAccount(platform.instance, 'parted', 0);
    await endGrace(platform.instance, source.account.id);
    const purge = accepted(await order(`${source.account.id}/purge`));
    expect((await untilFinished(platform.instance, purge.operation.id)).error).toBeNull();
    expect((await send(await downloadUrl(copy, deed.id))).text).toBe(TEXT);
    const second = await openAccount(platform.instance, 'kept');
    const keptDeed = await storedDocument(second, TEXT);
    const third = await clone('kept', 'kept-copy');
    await deleteAccount(platform.instance, 'kept-copy', 0);
    await endGrace(platform.instance, third.account.id);
    const other = accepted(await order(`${third.account.id}/purge`));
    expect((await untilFinished(platform.instance, other.operation.id)).error).toBeNull();
    expect((await send(await downloadUrl(second, keptDeed.id))).text).toBe(TEXT);
  }, 180_000);
});

describe('an order to clone', () => {
  test('is refused where source, export or slug are not what they must be, and writes nothing', async () => {
    const { account } = await openAccount(platform.instance, 'refused');
    await openAccount(platform.instance, 'stranger');
    const [export_id, foreign] = [await exportNow('refused'), await exportNow('stranger')];
    const json = { name: 'Copy', slug: 'refused-copy', export_id };
    for (const wanted of [UNKNOWN, foreign]) {
      expectRefusal(await order('refused/clones', { ...json, export_id: wanted }), 'EXPORT_NOT_FOUND');
    }
    expectRefusal(await order('nobody/clones', json), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await order('refused/clones', { ...json, slug: 'stranger' }), 'SLUG_TAKEN', {
      fields: [{ field: 'slug', message: 'This slug is taken.' }],
    });
    expectRefusal(await order('refused/clones', { ...json, slug: 'admin' }), 'SLUG_RESERVED', {
      fields: [{ field: 'slug', message: 'This slug is reserved.' }],
    });
    const typed = await platform.run(
      `accounts clone refused --name Copy --slug stranger --export ${export_id}`,
    );
    expect([typed.exitCode, typed.stderr]).toEqual([1, expect.stringContaining('SLUG_TAKEN')]);
    expectInvalidFields(await order('refused/clones', { ...json, residency: 'us' }), 'residency');
    expectInvalidFields(await order('refused/clones', {}), 'name', 'slug', 'export_id');
    for (const status of ['deleting', 'failed', 'provisioning'] as const) {
      await setAccountStatus(platform.instance, account.id, status);
      expectRefusal(await order('refused/clones', json), 'ACCOUNT_STATUS_CONFLICT', {
        ...{ status, allowed: ['active', 'suspended'] },
      });
    }
    await setAccountStatus(platform.instance, account.id, 'suspended');
    await cloud.query(REGISTRY_ID, `UPDATE exports SET status = 'written' WHERE id = ?`, export_id);
    expectRefusal(await order('refused/clones', json), 'EXPORT_NOT_VERIFIED');
    expectRefusal(await admin('/accounts/refused-copy'), 'ACCOUNT_NOT_FOUND');

    await cloud.query(REGISTRY_ID, `UPDATE exports SET status = 'verified' WHERE id = ?`, export_id);
    const key = { headers: { 'idempotency-key': 'clone-once' } };
    const first = await order('refused/clones', json, key);
    const again = await order('refused/clones', json, key);
    expect([first.status, again.status, again.body]).toEqual([202, 202, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await order('refused/clones', { ...json, name: 'Another' }, key);
    expectRefusal(other, 'IDEMPOTENCY_KEY_REUSED');
    expect((await untilFinished(platform.instance, accepted(first).operation.id)).error).toBeNull();
  });
});
