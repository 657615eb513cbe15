import { describe, expect, test } from 'vitest';
import { consoleMailSender } from '#platform-worker/mail/console-mail-sender.ts';
import type { Mail } from '#platform-worker/mail/mail-sender.ts';
import { serviceMailSender } from '#platform-worker/mail/service-mail-sender.ts';

const MAIL: Mail = {
  kind: 'invitation',
  to: { name: 'Ivy "I" Invited', email: 'ivy@acme.example' },
  account: { slug: 'acme', url: 'https://acme.freehold.example' },
  link: 'https://acme.freehold.example/invitations/accept#token=abc',
  expires_at: 1_700_000_000_000,
};

test('the console sender writes one line of JSON with the link', async () => {
  const lines: string[] = [];
  await consoleMailSender((line) => lines.push(line)).send(MAIL);
  expect(lines.map((line) => JSON.parse(line))).toEqual([{ event: 'mail', ...MAIL }]);
  expect(lines[0]).not.toContain('\n');
});

describe('the service sender', () => {
  const answering = (answer: (request: Request) => Promise<Response>) =>
    serviceMailSender({
      fetch: (input: RequestInfo | URL, init?: RequestInit) => answer(new Request(input, init)),
    });

  test('hands the mail to the Worker that is bound', async () => {
    const seen: unknown[] = [];
    await answering(async (request) => {
      seen.push([request.method, request.url, await request.json()]);
      return new Response(null, { status: 202 });
    }).send(MAIL);
    expect(seen).toEqual([['POST', 'https://mailer/mails', MAIL]]);
  });

  test.each([
    ['refuses it', 'The MAILER answered 500.', answering(async () => new Response('no', { status: 500 }))],
    [
      'sends it elsewhere',
      'The MAILER answered 302.',
      answering(async () => Response.redirect('https://elsewhere.example', 302)),
    ],
    ['throws', 'gone', answering(() => Promise.reject(new Error('gone')))],
    ['is not bound', 'No MAILER is bound.', serviceMailSender(undefined)],
  ])('says that the mail was not sent where that Worker %s', async (_what, message, sender) => {
    await expect(sender.send(MAIL)).rejects.toThrow(message);
  });
});
