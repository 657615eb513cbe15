import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CloudApi } from './support/cloud-api.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { Mailbox, tokenOf } from './support/mailbox.ts';
import {
  ADDRESS_FORMS,
  logIn,
  type OpenAccount,
  openAccount,
  sessionSchema,
} from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type Answer, type SendOptions, send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

const NEW_PASSWORD = 'another long password';

let mailbox: Mailbox;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  mailbox = new Mailbox();
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'acme');
});
afterAll(async () => {
  await platform?.stop();
  mailbox.close();
});

/** Without a token. */
function post(path: string, json: unknown, options: SendOptions = {}): Promise<Answer> {
  return send(`${account.url('path')}${path}`, { method: 'POST', json, ...options });
}

function invite(fields: object = {}, options: SendOptions = {}) {
  const json = { name: 'Ivy Invited', email: `${randomUUID()}@acme.example`, ...fields };
  return { email: json.email, answer: account.send('/invitations', { method: 'POST', json, ...options }) };
}

/** Somebody who came by an invitation. */
async function join(role = 'member') {
  const { email, answer } = invite({ role });
  expect((await answer).status).toBe(201);
  const token = tokenOf(await mailbox.waitFor(email));
  const accepted = await post('/invitations/accept', { token, password: PASSWORD });
  expect(accepted.status, accepted.text).toBe(201);
  return { email, token, session: sessionSchema.parse(accepted.body) };
}

describe('an invitation', () => {
  test('reaches the person by mail alone, who then works with the role that it gave', async () => {
    const { email, answer } = invite({ role: 'viewer', email: ` ${randomUUID()}@ACME.example ` });
    const sent = await answer;
    expect(sent.status, sent.text).toBe(201);
    expect(sent.headers.get('location')).toMatch(
      new RegExp(`^${account.url('path')}/invitations/[\\w-]{36}$`),
    );
    const mail = await mailbox.waitFor(email.trim().toLowerCase());
    const token = tokenOf(mail);
    expect(mail).toStrictEqual({
      ...{
        event: 'mail',
        kind: 'invitation',
        to: { name: 'Ivy Invited', email: email.trim().toLowerCase() },
      },
      account: { slug: 'acme', url: account.account.url },
      link: `${account.account.url}/invitations/accept#token=${token}`,
      expires_at: expect.any(Number),
    });
    expect(sent.body).toMatchObject({ status: 'pending', expires_at: mail.expires_at });
    const list = await account.send('/invitations');
    const changes = await account.send('/changes');
    for (const { text, headers } of [sent, list, changes]) {
      expect(text + JSON.stringify([...headers])).not.toContain(token);
      expect(text).not.toMatch(/token/);
    }

    const accepted = await post('/invitations/accept', { token, name: 'Ivy', password: PASSWORD });
    expect(accepted.status, accepted.text).toBe(201);
    const session = sessionSchema.parse(accepted.body);
    expect(session.user).toMatchObject({ name: 'Ivy', role: 'viewer', status: 'active' });
    const own = { token: session.access_token };
    expect(await account.send('/me', own)).toMatchObject({ status: 200, body: session.user });
    const json = { kind: 'company', company_name: 'x' };
    expectRefusal(await account.send('/clients', { method: 'POST', json, ...own }), 'FORBIDDEN');
    expectRefusal(await account.send('/invitations', own), 'FORBIDDEN');
    const refreshed = await post('/sessions/refresh', { refresh_token: session.refresh_token });
    expect(refreshed.status).toBe(200);
    expectRefusal(await post('/invitations/accept', { token, password: PASSWORD }), 'ONE_TIME_TOKEN_INVALID');
  });

  test('is sent by owners and admins only, and an owner’s by owners', async () => {
    for (const role of ['member', 'viewer']) {
      const { session } = await join(role);
      const { email, answer } = invite({}, { token: session.access_token });
      expectRefusal(await answer, 'FORBIDDEN');
      expect(mailbox.of(email)).toEqual([]);
    }
    const admin = (await join('admin')).session.access_token;
    const owner = invite({ role: 'owner' }, { token: admin });
    expectRefusal(await owner.answer, 'FORBIDDEN');
    expect(mailbox.of(owner.email)).toEqual([]);
    expect(await invite({}, { token: admin }).answer).toMatchObject({ status: 201 });
  });

  test('is mailed once under one Idempotency-Key', async () => {
    const email = `${randomUUID()}@acme.example`;
    const headers = { 'idempotency-key': randomUUID() };
    const first = await invite({ email }, { headers }).answer;
    const second = await invite({ email }, { headers }).answer;
    expect([first.status, second.status, second.body]).toStrictEqual([201, 201, first.body]);
    const token = tokenOf(await mailbox.waitFor(email));
    expect((await post('/invitations/accept', { token, password: PASSWORD })).status).toBe(201);
    expect(mailbox.of(email)).toHaveLength(1);
  });

  test('that was revoked opens nothing', async () => {
    const { email, answer } = invite();
    const { id } = (await answer).body as { id: string }; // a record, as the first test proves
    expect(await account.send(`/invitations/${id}`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    const token = tokenOf(await mailbox.waitFor(email));
    expectRefusal(await post('/invitations/accept', { token, password: PASSWORD }), 'ONE_TIME_TOKEN_INVALID');
  });

  test('takes neither a token of the sender’s choice nor a link to another host', async () => {
    const chosen = 'x'.repeat(43);
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(chosen))).toString('hex');
    const host = `evil.example:${new URL(account.url('path')).port}`;
    const foreign = await invite({}, { headers: { host } }).answer;
    expect(foreign).toMatchObject({ status: 404, body: { error: { code: 'ACCOUNT_NOT_FOUND' } } });
    const { email, answer } = invite(
      {},
      { headers: { 'x-freehold-one-time-token-sha256': hash, 'x-forwarded-host': host } },
    );
    expect((await answer).status).toBe(201);
    expectRefusal(
      await post('/invitations/accept', { token: chosen, password: PASSWORD }),
      'ONE_TIME_TOKEN_INVALID',
    );
    expect((await mailbox.waitFor(email)).link).toMatch(`${account.account.url}/invitations/accept#token=`);
  });

  test('of another account opens nothing here', async () => {
    const other = await openAccount(platform.instance, 'other');
    const { email, answer } = invite();
    await answer;
    const token = tokenOf(await mailbox.waitFor(email));
    const json = { token, password: PASSWORD };
    const elsewhere = await other.send('/invitations/accept', { method: 'POST', json, token: undefined });
    expectRefusal(elsewhere, 'ONE_TIME_TOKEN_INVALID');
    expect((await post('/invitations/accept', json)).status).toBe(201);
  });

  test('has its token nowhere in the account’s database, used or not', async () => {
    const { email, answer } = invite();
    await answer;
    const [open, used] = [tokenOf(await mailbox.waitFor(email)), (await join()).token];
    const { stacks } = await landscape(platform.instance);
    const stack = stacks.find(({ account_id }) => account_id === account.account.id);
    const dump = await new CloudApi(platform.instance).dump(stack?.database_id ?? '');
    expect(dump).toContain(email);
    for (const token of [open, used]) expect(dump).not.toContain(token);
  });

  test('names what is wrong with what is sent', async () => {
    expectInvalidFields(await invite({ email: 'x', role: 'root' }).answer, 'email', 'role');
    expectInvalidFields(await post('/invitations/accept', {}), 'token', 'password');
    expectInvalidFields(
      await post('/invitations/accept', { token: 'x', password: PASSWORD, role: 'owner' }),
      'role',
    );
  });
});

describe('a password', () => {
  test('is changed by its user, whose other sessions end', async () => {
    const { email, session } = await join();
    const elsewhere = sessionSchema.parse((await post('/sessions', { email, password: PASSWORD })).body);
    const json = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    const own = { token: session.access_token };
    const wrong = { ...json, current_password: NEW_PASSWORD };
    expectRefusal(
      await account.send('/me/password', { method: 'POST', json: wrong, ...own }),
      'PASSWORD_WRONG',
      {
        field: 'current_password',
      },
    );
    expect(await account.send('/me/password', { method: 'POST', json, ...own })).toMatchObject({
      ...{ status: 204, text: '' },
    });
    expect(await account.send('/me', own)).toMatchObject({ status: 200 });
    expectRefusal(await account.send('/me', { token: elsewhere.access_token }), 'SESSION_ENDED');
    const { refresh_token } = elsewhere;
    expectRefusal(await post('/sessions/refresh', { refresh_token }), 'REFRESH_TOKEN_INVALID');
    expectRefusal(await post('/sessions', { email, password: PASSWORD }), 'INVALID_CREDENTIALS');
    expect((await post('/sessions', { email, password: NEW_PASSWORD })).status).toBe(201);
    const { text } = await account.send('/changes?limit=200');
    for (const password of [PASSWORD, NEW_PASSWORD, 'argon2id']) expect(text).not.toContain(password);
  });

  test('is reset by a link, which ends all sessions', async () => {
    const { email, session } = await join();
    const asked = await post('/password-resets', { email: email.toUpperCase() });
    expect(asked).toMatchObject({ status: 202, body: { status: 'accepted' } });
    const mail = await vi.waitUntil(() => mailbox.of(email).find(({ kind }) => kind === 'password-reset'), {
      timeout: 20_000,
    });
    const token = tokenOf(mail);
    expect(mail).toMatchObject({
      to: { name: 'Ivy Invited', email },
      link: `${account.account.url}/password-resets/complete#token=${token}`,
    });
    expectInvalidFields(
      await post('/password-resets/complete', { token, new_password: 'eleven char' }),
      'new_password',
    );
    const json = { token, new_password: NEW_PASSWORD };
    expect(await post('/password-resets/complete', json)).toMatchObject({ status: 204, text: '' });
    expectRefusal(await account.send('/me', { token: session.access_token }), 'SESSION_ENDED');
    expectRefusal(await post('/password-resets/complete', json), 'ONE_TIME_TOKEN_INVALID');
    expect((await post('/sessions', { email, password: NEW_PASSWORD })).status).toBe(201);
  });

  test('is asked to be reset with the same answer whoever it is for', async () => {
    const { email } = await join();
    const nobody = `${randomUUID()}@acme.example`;
    const told = ({ status, text, headers }: Answer) => ({
      ...{ status, text },
      headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
    });
    const [known, unknown] = [
      await post('/password-resets', { email }),
      await post('/password-resets', { email: nobody }),
    ];
    expect(told(known)).toStrictEqual(told(unknown));
    await mailbox.waitFor(email, 2);
    expect(mailbox.of(nobody)).toEqual([]);
    expectInvalidFields(await post('/password-resets', { email: 'x' }), 'email');
  });
});

describe.each(ADDRESS_FORMS)('logging out everywhere, in the %s form,', (form) => {
  test('ends every session of the user and nobody else’s', async () => {
    const { email } = await join();
    const open = async () =>
      sessionSchema.parse((await post('/sessions', { email, password: PASSWORD })).body);
    const [one, two] = [await open(), await open()];
    const out = await account.send('/sessions', { method: 'DELETE', token: one.access_token }, form);
    expect(out).toMatchObject({ status: 204, text: '' });
    for (const { access_token, refresh_token } of [one, two]) {
      expectRefusal(await account.send('/me', { token: access_token }, form), 'SESSION_ENDED');
      expectRefusal(await post('/sessions/refresh', { refresh_token }), 'REFRESH_TOKEN_INVALID');
    }
    expect(await account.send('/me')).toMatchObject({ status: 200 });
    expectRefusal(await post('/sessions', undefined, { method: 'DELETE' }), 'TOKEN_MISSING');
    await logIn(platform.instance, 'acme', form);
  });
});
