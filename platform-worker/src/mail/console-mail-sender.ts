import type { MailSender } from './mail-sender.ts';

/**
 * Writes each mail to the log, as one line of JSON with `event: "mail"`, and sends nothing. The line carries the link,
 * so this is for a developer's own machine: whoever reads the log could use it.
 */
export function consoleMailSender(log: (line: string) => void): MailSender {
  return {
    send: async (mail) => log(JSON.stringify({ event: 'mail', ...mail })),
  };
}
