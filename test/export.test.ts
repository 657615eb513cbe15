import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportSchema } from '#shared-schema/exports/export.ts';
import { type CliPlatform, startCliPlatform } from './support/cli-platform.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { accepted, untilFinished } from './support/sign-up.ts';

let platform: CliPlatform;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startCliPlatform();
  account = await openAccount(platform.instance, 'exported');
  await account.createClient({ kind: 'company', company_name: "O'Neill; \u{1d11e}", tags: ['a', 'b'] });
});
afterAll(() => platform?.stop());

function admin(path: string, options: SendOptions = {}) {
  const { url, admin_token: token } = platform.instance;
  return send(`${url}/admin${path}`, { token, ...options });
}

/** The names in a file, as an SQLite that is none of Cloudflare's restores it. */
function companies(sql: string) {
  const database = new DatabaseSync(':memory:');
  database.exec(`BEGIN;${sql}COMMIT;`);
  return database
    .prepare('SELECT company_name FROM clients ORDER BY id')
    .all()
    .map((row) => row.company_name);
}

test('an export is made beside a serving account, listed, read and downloaded', async () => {
  const begun = accepted(await admin('/accounts/exported/export', { method: 'POST', json: {} }));
  expect(begun.account.status).toBe('active');
  const { id, status, error } = await untilFinished(platform.instance, begun.operation.id);
  expect({ status, error }).toEqual({ status: 'succeeded', error: null });

  const made = exportSchema.strict().parse((await admin(`/exports/${id}`)).body);
  expect(made).toMatchObject({ id, account_id: account.account.id, status: 'verified' });
  expect((await admin(`/exports?account_id=${account.account.id}`)).body).toEqual({
    data: [made],
    next_cursor: null,
  });
  const file = await admin(`/exports/${id}/file`);
  expect(file.headers.get('content-length')).toBe(String(made.size_bytes));
  expect(createHash('sha256').update(file.text).digest('hex')).toBe(made.sha256);
  expect(companies(file.text)).toEqual(["O'Neill; \u{1d11e}"]);
  expect((await account.send('/me')).status).toBe(200);
});

test('nobody but an operator reads an export', async () => {
  const { body } = await admin('/exports');
  const { id } = Object(body).data[0];
  const { access_token: token } = account.session;
  for (const path of [`/exports/${id}`, `/exports/${id}/file`, '/exports']) {
    expectRefusal(await admin(path, { token }), 'ADMIN_TOKEN_INVALID');
  }
  expect((await account.send(`/exports/${id}/file`)).status).toBe(404);
});

test('an export that is not there is not found', async () => {
  const id = '0194a1b2-0000-7000-8000-000000000000';
  for (const path of [`/exports/${id}`, `/exports/${id}/file`])
    expectRefusal(await admin(path), 'EXPORT_NOT_FOUND');
});

test('the command line exports, downloads and lists', async () => {
  const output = join(platform.folder, 'out.sql');
  const made = await platform.run(`accounts export exported --output ${output} --json`);
  expect(made, made.stderr).toMatchObject({ exitCode: 0 });
  const { id, sha256 } = JSON.parse(made.stdout);
  const sql = await readFile(output, 'utf8');
  expect(createHash('sha256').update(sql).digest('hex')).toBe(sha256);
  expect((await stat(output)).mode & 0o777).toBe(0o600);
  const listed = await platform.run('accounts exports exported --json');
  expect(JSON.parse(listed.stdout).data.map((one: { id: string }) => one.id)).toContain(id);
});
