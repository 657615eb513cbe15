import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS } from '#shared-schema/accounts/deletion.ts';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { deleteAccount, endGrace } from './support/delete-account.ts';
import { downloadUrl, storedDocument } from './support/documents.ts';
import { Hammer } from './support/hammer.ts';
import { adminList } from './support/landscape.ts';
import { ADDRESS_FORMS, accountUrl, logIn, type OpenAccount, openAccount } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import {
  accepted,
  ownerEmail,
  PASSWORD,
  readAccount,
  sendSignup,
  signupBody,
  untilFinished,
} from './support/sign-up.ts';
import { startTwoPlatforms, type TwoPlatforms } from './support/two-platforms.ts';

let platforms: TwoPlatforms;
let cloud: CloudApi;

beforeAll(async () => {
  platforms = await startTwoPlatforms();
  cloud = new CloudApi(platforms.first);
});
afterAll(() => platforms?.stop());

function act(method: string, path: string, options: SendOptions = {}) {
  const { url, admin_token: token } = platforms.first;
  return send(`${url}/admin/accounts/${path}`, { method, token, ...options });
}

async function stackOf({ account }: OpenAccount) {
  const stacks = (await adminList(platforms.first, 'stacks')).map(Object);
  return stacks.find(({ account_id }) => account_id === account.id) ?? expect.fail('It has one.');
}

describe('a deleted account', () => {
  test('is exported and keeps everything for its days of grace, and comes back whole', async () => {
    const account = await openAccount(platforms.first, 'regretted');
    const client = await account.createClient({ kind: 'company', company_name: 'Kept Ltd' });
    const { operation } = await deleteAccount(platforms.first, 'regretted', 7);
    const deleted = await readAccount(platforms.first, 'regretted');
    expect(deleted).toMatchObject({ status: 'deleting', purge_after: operation.created_at + 7 * DAY_MS });
    const { steps } = await untilFinished(platforms.first, operation.id);
    expect(steps.map(({ name }) => name)).toStrictEqual([
      ...['await-route-expiry', 'ensure-export', 'verify-export', 'schedule-purge'],
    ]);
    expectRefusal(await account.send('/me'), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await act('DELETE', 'regretted'), 'ACCOUNT_STATUS_CONFLICT', {
      ...{ status: 'deleting', allowed: ['active', 'suspended', 'failed'] },
    });
    const { purge_after } = deleted;
    expectRefusal(await act('POST', 'regretted/purge'), 'GRACE_NOT_OVER', { purge_after });

    const begun = accepted(await act('POST', 'regretted/undelete'));
    expect((await untilFinished(platforms.first, begun.operation.id)).status).toBe('succeeded');
    expect(await readAccount(platforms.first, 'regretted')).toMatchObject({
      status: 'active',
      purge_after: null,
    });
    expect((await account.send(`/clients/${client.id}`)).body).toStrictEqual(client);
    const events = await adminList(platforms.first, 'events');
    const mine = events.map(Object).filter(({ target_id }) => target_id === account.account.id);
    expect(mine.map(({ action }) => action)).toStrictEqual(
      expect.arrayContaining(['delete.began', 'delete.succeeded', 'undelete.began', 'undelete.succeeded']),
    );
  });

  test('has 30 days of grace where nobody says otherwise', async () => {
    await openAccount(platforms.first, 'unsaid');
    const { operation } = accepted(await act('DELETE', 'unsaid'));
    await untilFinished(platforms.first, operation.id);
    const { purge_after } = await readAccount(platforms.first, 'unsaid');
    expect(purge_after).toBe(operation.created_at + 30 * DAY_MS);
  });

  test('is not deleted by an order that makes no sense', async () => {
    await openAccount(platforms.first, 'untouched');
    for (const grace_days of [-1, 366, 1.5, '7', null]) {
      expectInvalidFields(await act('DELETE', 'untouched', { json: { grace_days } }), 'grace_days');
    }
    expectInvalidFields(await act('DELETE', 'untouched', { json: { grace_day: 7 } }), 'grace_day');
    expectRefusal(await act('POST', 'untouched/purge'), 'ACCOUNT_STATUS_CONFLICT', {
      ...{ status: 'active', allowed: ['deleting'] },
    });
    expect((await readAccount(platforms.first, 'untouched')).status).toBe('active');
  });

  test('is not purged without a verified export, and never comes back once its purge began', async () => {
    const { account } = await openAccount(platforms.first, 'going');
    await deleteAccount(platforms.first, 'going');
    await endGrace(platforms.first, account.id);
    const mark = (status: string) =>
      cloud.query(REGISTRY_ID, 'UPDATE exports SET status = ? WHERE account_id = ?', status, account.id);
    await mark('written');
    expectRefusal(await act('POST', 'going/purge'), 'DELETION_NOT_SETTLED');
    await mark('verified');
    const { operation } = accepted(await act('POST', 'going/purge'));
    expect((await untilFinished(platforms.first, operation.id)).status).toBe('succeeded');
    expectRefusal(await act('POST', 'going/undelete'), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await act('POST', `${account.id}/undelete`), 'ACCOUNT_STATUS_CONFLICT', {
      ...{ status: 'deleted', allowed: ['deleting'] },
    });
    expectRefusal(await act('GET', 'going'), 'ACCOUNT_NOT_FOUND');
    expect(await readAccount(platforms.first, account.id)).toMatchObject({
      slug: 'going',
      name: '(deleted)',
    });
  });

  test('cannot come back while its purge has failed', async () => {
    const { account } = await openAccount(platforms.first, 'half-gone');
    await deleteAccount(platforms.first, 'half-gone');
    await endGrace(platforms.first, account.id);
    const sql = `UPDATE operations SET kind = 'purge' WHERE account_id = ? AND kind = 'undelete'`;
    await cloud.query(REGISTRY_ID, sql, account.id);
    expectRefusal(await act('POST', 'half-gone/undelete'), 'ACCOUNT_NOT_RESTORABLE');
  });
});

test('a slug that is taken again never leads to what was there before', { timeout: 180_000 }, async () => {
  const { first, second } = platforms;
  const old = await openAccount(first, 'reused');
  await old.createClient({ kind: 'company', company_name: 'Old Secret Ltd' });
  const document = await storedDocument(old, 'an old secret');
  const files = [await downloadUrl(old, document.id), document.upload.url];
  const oldFile = files.map((url) => url.replace(/^.*\/files\//, '/files/'));
  const stack = await stackOf(old);
  const { access_token: token, refresh_token } = old.session;
  const ask = (path: string, options: SendOptions = { token }) =>
    [first, second].flatMap((instance) =>
      ADDRESS_FORMS.map((form) => send(`${accountUrl(instance, 'reused', form)}${path}`, options)),
    );
  // The other isolate keeps the old route as long as any may, and asks all the time from here to the end.
  await using hammer = new Hammer(() => send(`${second.url}/a/reused/clients`, { token }), 1);
  await expect.poll(() => hammer.lastServed).toBeGreaterThan(0);

  const { account } = await deleteAccount(first, 'reused', 0);
  const status = async () => (await readAccount(first, account.id)).status;
  await expect.poll(status, { timeout: 60_000 }).toBe('deleted');
  expect((await cloud.databases()).map(({ name }) => name)).not.toContain(stack.worker_name);
  expect((await cloud.scripts()).map(({ id }) => id)).not.toContain(stack.worker_name);
  expect((await platforms.bucket.keys()).filter((key) => key.includes(account.id))).toStrictEqual([]);
  const registry = await cloud.dump(REGISTRY_ID);
  for (const personal of [ownerEmail('reused'), 'The firm reused']) expect(registry).not.toContain(personal);

  // A deleted script may answer for a while yet.
  await cloud.upload(stack.worker_name, `export default { fetch: () => new Response('Old Secret Ltd') };`);
  const served = hammer.lastServed;
  const body = {
    ...signupBody('reused'),
    owner: { ...signupBody('reused').owner, email: 'new@reused.example' },
  };
  const taken = async () => (await sendSignup(first, body)).status;
  await expect.poll(taken, { timeout: 30_000, interval: 500 }).toBeLessThan(300);
  const fresh = await readAccount(first, 'reused');
  expect(fresh.id).not.toBe(account.id);
  await expect
    .poll(async () => (await readAccount(first, 'reused')).status, { timeout: 30_000 })
    .toBe('active');

  for (const path of ['/me', '/clients', `/documents/${document.id}`, '/changes']) {
    for (const answer of await Promise.all(ask(path))) expectRefusal(answer, 'ACCOUNT_NOT_FOUND');
  }
  for (const path of oldFile) {
    const method = path === oldFile[0] ? 'GET' : 'PUT';
    for (const answer of await Promise.all(ask(path, { method, body: 'an old secret' }))) {
      expect(answer.status, answer.text).toBe(404);
      expectRefusal(answer, 'ACCOUNT_NOT_FOUND');
    }
  }
  for (const answer of await Promise.all(
    ask('/sessions/refresh', { method: 'POST', json: { refresh_token } }),
  )) {
    expectRefusal(answer, 'REFRESH_TOKEN_INVALID');
  }
  const credentials = { email: ownerEmail('reused'), password: PASSWORD };
  for (const answer of await Promise.all(ask('/sessions', { method: 'POST', json: credentials }))) {
    expectRefusal(answer, 'INVALID_CREDENTIALS');
  }
  for (const instance of [first, second]) {
    for (const form of ADDRESS_FORMS) {
      const session = await logIn(instance, 'reused', form, 'new@reused.example');
      const url = accountUrl(instance, 'reused', form);
      const clients = await send(`${url}/clients`, { token: session.access_token });
      expect(clients.body).toStrictEqual({ data: [], next_cursor: null });
    }
  }
  await hammer.stop();
  expect(hammer.lastServed).toBe(served);
  const allowed = ['200', 'ACCOUNT_NOT_FOUND', 'ACCOUNT_PROVISIONING'];
  expect([...hammer.outcomes].filter((outcome) => !allowed.includes(outcome))).toStrictEqual([]);
});
