import type { MailSender } from './mail-sender.ts';

/** The longest that the firm's own Worker may take for one mail: 10 seconds. */
export const MAIL_TIMEOUT_MS = 10_000;

/**
 * Hands each mail to the Worker bound as `MAILER`: `POST /mails` with the mail as JSON, taken where it answers 2xx.
 * Rejects where it does not, or is not bound.
 */
export function serviceMailSender(mailer: Pick<Fetcher, 'fetch'> | undefined): MailSender {
  return {
    async send(mail) {
      if (!mailer) throw new Error('No MAILER is bound.');
      const { status } = await mailer.fetch('https://mailer/mails', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(mail),
        redirect: 'manual',
        signal: AbortSignal.timeout(MAIL_TIMEOUT_MS),
      });
      if (status < 200 || status > 299) throw new Error(`The MAILER answered ${status}.`);
    },
  };
}
