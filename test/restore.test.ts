import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { logIn, OpenAccount, openAccount } from './support/open-account.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { accepted, readAccount, untilFinished } from './support/sign-up.ts';

const UNKNOWN = '0194a1b2-0000-7000-8000-000000000000';
let platform: CliPlatform;

beforeAll(async () => {
  platform = await startCliPlatform();
});
afterAll(() => platform?.stop());

function admin(path: string, options: SendOptions = {}) {
  const { url, admin_token: token } = platform.instance;
  return send(`${url}/admin${path}`, { token, ...options });
}

function order(path: string, json: unknown) {
  return admin(`/accounts/${path}`, { method: 'POST', json });
}

async function addCompany(account: OpenAccount, company_name: string): Promise<string> {
  const json = { kind: 'company', company_name };
  const { headers, status } = await account.send('/clients', { method: 'POST', json });
  expect(status).toBe(201);
  return headers.get('x-d1-bookmark') ?? expect.fail('no bookmark');
}

async function companies(account: OpenAccount): Promise<string[]> {
  const { body } = await account.send('/clients?sort=company_name');
  return Object(body).data.map((client: { company_name: string }) => client.company_name);
}

async function logInAgain({ account }: OpenAccount): Promise<OpenAccount> {
  return new OpenAccount(platform.instance, account, await logIn(platform.instance, account.slug));
}

async function exportNow(slug: string): Promise<string> {
  const { operation } = accepted(await order(`${slug}/export`, {}));
  expect((await untilFinished(platform.instance, operation.id)).error).toBeNull();
  return operation.id;
}

async function stacksOf(account: OpenAccount) {
  const { body } = await admin(`/stacks?account_id=${account.account.id}&sort=created_at`);
  return Object(body).data as { id: string; status: string; database_id: string }[];
}

/** Has the local cloud keep the database as it is now: it does so when it is asked for a bookmark, and now and then. */
async function seeDatabase(account: OpenAccount): Promise<void> {
  const { cloudflare_api_url, cloudflare_account_id, cloudflare_api_token: token } = platform.instance;
  const database = (await stacksOf(account)).at(-1)?.database_id;
  const path = `/accounts/${cloudflare_account_id}/d1/database/${database}/time_travel/bookmark`;
  expect((await send(`${cloudflare_api_url}${path}`, { token })).status).toBe(200);
}

describe('a restore in place', () => {
  test('brings back what was, and lets nobody in by a session or a link from before', async () => {
    const account = await openAccount(platform.instance, 'undone');
    const bookmark = await addCompany(account, 'Kept');
    await addCompany(account, 'Undone');
    const begun = accepted(await order('undone/restore', { bookmark }));
    expect(begun.account.status).toBe('suspended');
    expectRefusal(await account.send('/me'), 'ACCOUNT_SUSPENDED');
    const ended = await untilFinished(platform.instance, begun.operation.id);
    expect({ status: ended.status, error: ended.error }).toEqual({ status: 'succeeded', error: null });
    expect(await readAccount(platform.instance, 'undone')).toMatchObject({ status: 'active' });

    expectRefusal(await account.send('/me'), 'SESSION_ENDED');
    const again = await logInAgain(account);
    expect(await companies(again)).toEqual(['Kept']);

    const { body } = await admin(`/events?target_id=${account.account.id}&action=restore.succeeded`);
    const [event] = Object(body).data;
    expect(event.after).toMatchObject({ restore_to: bookmark, previous_status: 'active' });
    const back = accepted(await order('undone/restore', { bookmark: event.after.bookmark_before }));
    await untilFinished(platform.instance, back.operation.id);
    expect(await companies(await logInAgain(account))).toEqual(['Kept', 'Undone']);
  });

  test('to a time, leaves a suspended account suspended', async () => {
    const account = await openAccount(platform.instance, 'timely');
    await addCompany(account, 'Kept');
    await seeDatabase(account);
    const at = new Date().toISOString();
    await addCompany(account, 'Undone');
    const suspended = accepted(await order('timely/suspend', {}));
    await untilFinished(platform.instance, suspended.operation.id);
    const { exitCode, stdout, stderr } = await platform.run(`accounts restore timely --to ${at} --json`);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout).account.status).toBe('suspended');
    const resumed = accepted(await order('timely/resume', {}));
    await untilFinished(platform.instance, resumed.operation.id);
    expect(await companies(await logInAgain(account))).toEqual(['Kept']);
  });

  test('refuses points that are none', async () => {
    const { account } = await openAccount(platform.instance, 'pointless');
    for (const timestamp of [account.created_at - 1, Date.now() + 60_000]) {
      const fields = [
        { field: 'timestamp', message: expect.stringMatching(/^This lies outside of 20\S+Z to 20\S+Z\.$/) },
      ];
      expectRefusal(await order('pointless/restore', { timestamp }), 'RESTORE_POINT_INVALID', { fields });
    }
    expectInvalidFields(await order('pointless/restore', {}), 'timestamp');
    expectInvalidFields(await order('pointless/restore', { bookmark: 'yesterday' }), 'bookmark');
    const nowhere = { bookmark: 'ffffffff-ffffffff-ffffffff-00000000000000000000000000000001' };
    const { operation } = accepted(await order('pointless/restore', nowhere));
    const { status, error } = await untilFinished(platform.instance, operation.id);
    expect([status, error?.code]).toEqual(['failed', 'RESTORE_POINT_INVALID']);
    expect(await readAccount(platform.instance, 'pointless')).toMatchObject({ status: 'suspended' });
    const resumed = accepted(await order('pointless/resume', {}));
    expect((await untilFinished(platform.instance, resumed.operation.id)).status).toBe('succeeded');
  });
});

describe('a restore side by side', () => {
  test('switches to a stack that holds what the export holds, and keeps the one before', async () => {
    const account = await openAccount(platform.instance, 'switched');
    await addCompany(account, 'Exported');
    const id = await exportNow('switched');
    await addCompany(account, 'Since');
    const [before] = await stacksOf(account);
    const { exitCode, stdout, stderr } = await platform.run(
      `accounts restore switched --export ${id} --json`,
    );
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout).account).toMatchObject({ status: 'active' });
    const [retired, serving] = await stacksOf(account);
    expect(retired).toMatchObject({ id: before?.id, database_id: before?.database_id, status: 'retired' });
    expect(serving).toMatchObject({ status: 'serving' });

    expectRefusal(await account.send('/me'), 'ACCOUNT_NOT_FOUND');
    const refresh = { refresh_token: account.session.refresh_token };
    expect((await account.send('/sessions/refresh', { method: 'POST', json: refresh })).status).toBe(401);
    const again = await logInAgain(account);
    expect(await companies(again)).toEqual(['Exported']);
    await addCompany(again, 'Written after');
    expect(await companies(again)).toEqual(['Exported', 'Written after']);

    // The stack that serves now is exported and restored like any other.
    const next = accepted(await order('switched/restore-export', { export_id: await exportNow('switched') }));
    expect((await untilFinished(platform.instance, next.operation.id)).error).toBeNull();
    expect(await companies(await logInAgain(account))).toEqual(['Exported', 'Written after']);
    expect((await stacksOf(account)).map(({ status }) => status)).toEqual(['retired', 'retired', 'serving']);
  });

  test('refuses an export that is not there, or of another account', async () => {
    await openAccount(platform.instance, 'without');
    await openAccount(platform.instance, 'another');
    const export_id = await exportNow('another');
    for (const wanted of [UNKNOWN, export_id]) {
      expectRefusal(await order('without/restore-export', { export_id: wanted }), 'EXPORT_NOT_FOUND');
    }
    expectInvalidFields(await order('without/restore-export', { export_id: 'x' }), 'export_id');
  });
});

test('the command line asks what to restore to', async () => {
  for (const options of ['', '--to yesterday', `--export ${UNKNOWN} --to 2026-11-20T09:30:00Z`]) {
    const { exitCode, stderr } = await platform.run(`accounts restore undone ${options}`.trim());
    expect([exitCode, stderr.includes('freehold accounts restore --help')]).toEqual([1, true]);
  }
});
