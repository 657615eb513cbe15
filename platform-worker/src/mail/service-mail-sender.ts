import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { MailSender } from './mail-sender.ts';

/** The longest that the firm's own Worker may take for one mail: 10 seconds. */
export const MAIL_TIMEOUT_MS = 10_000;

/**
 * Hands each mail to the Worker bound as `MAILER`: `POST /mails` with the mail as JSON, taken where it answers 2xx.
 *
 * Error: `MAIL_NOT_SENT` where it does not, or is not bound.
 */
export function serviceMailSender(mailer: Pick<Fetcher, 'fetch'> | undefined): MailSender {
  return {
    async send(mail) {
      if (!mailer) throw new PlatformError('MAIL_NOT_SENT', { cause: new Error('No MAILER is bound.') });
      const status = await mailer
        .fetch('https://mailer/mails', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(mail),
          signal: AbortSignal.timeout(MAIL_TIMEOUT_MS),
        })
        .then(
          (response) => response.status,
          (cause: unknown) => {
            throw new PlatformError('MAIL_NOT_SENT', { cause });
          },
        );
      if (status < 200 || status > 299) {
        throw new PlatformError('MAIL_NOT_SENT', { cause: new Error(`The MAILER answered ${status}.`) });
      }
    },
  };
}
