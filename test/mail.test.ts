import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { startTestPlatform } from './support/local-platform.ts';
import { Mailbox } from './support/mailbox.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';

let log: Mailbox;
let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

/** As in production, and with no Worker bound that sends mail. */
beforeAll(async () => {
  log = new Mailbox();
  platform = await startTestPlatform({ vars: { MAIL_SENDER: 'service' } });
  account = await openAccount(platform.instance, 'acme');
});
afterAll(async () => {
  await platform?.stop();
  log.close();
});

test('an invitation whose mail cannot be sent says so, and which one to revoke', async () => {
  const json = { name: 'Ivy', email: 'ivy@acme.example' };
  const answer = await account.send('/invitations', { method: 'POST', json });
  expectRefusal(answer, 'MAIL_NOT_SENT', { invitation_id: expect.any(String) });
  const { error } = z
    .object({ error: z.object({ context: z.object({ invitation_id: z.string() }) }) })
    .parse(answer.body);
  expectRefusal(await account.send('/invitations', { method: 'POST', json }), 'EMAIL_INVITED', {
    field: 'email',
  });
  const at = `/invitations/${error.context.invitation_id}`;
  expect(await account.send(at, { method: 'DELETE' })).toMatchObject({ status: 204 });
  expectRefusal(await account.send('/invitations', { method: 'POST', json }), 'MAIL_NOT_SENT', {
    invitation_id: expect.any(String),
  });
});

test('a reset whose mail cannot be sent is answered as any other, and told of in the log', async () => {
  const json = { email: 'owner@acme.example' };
  const answer = await account.send('/password-resets', { method: 'POST', json, token: undefined });
  expect(answer).toMatchObject({ status: 202, body: { status: 'accepted' } });
  const id = answer.headers.get('x-request-id') ?? '';
  const line = await vi.waitUntil(
    () => log.lines.find((one) => one.includes('password-reset-not-sent') && one.includes(id)),
    { timeout: 20_000, interval: 50 },
  );
  expect(line).toContain('No MAILER is bound.');
});

test('no link is ever logged', () => {
  expect(log.lines.join('\n')).not.toMatch(/#token=/);
});
