import { vi } from 'vitest';
import * as z from 'zod';

const mailSchema = z.strictObject({
  event: z.literal('mail'),
  kind: z.enum(['invitation', 'password-reset']),
  to: z.strictObject({ name: z.string(), email: z.string() }),
  account: z.strictObject({ slug: z.string(), url: z.url() }),
  link: z.url(),
  expires_at: z.int(),
});
export type TestMail = z.infer<typeof mailSchema>;

/** What a platform in this process logs, and the mails that the console sender wrote among it. */
export class Mailbox {
  readonly lines: string[] = [];
  readonly #spy;

  constructor() {
    this.#spy = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      this.lines.push(...String(chunk).split('\n').filter(Boolean));
      return true;
    });
  }

  /** The mails that an address got so far. */
  of(email: string): TestMail[] {
    return this.lines
      .filter((line) => line.startsWith('{"event":"mail"'))
      .map((line) => mailSchema.parse(JSON.parse(line)))
      .filter(({ to }) => to.email === email);
  }

  /** The last of them, once there are as many. */
  async waitFor(email: string, count = 1): Promise<TestMail> {
    const mails = await vi.waitUntil(
      () => {
        const mails = this.of(email);
        return mails.length >= count && mails;
      },
      { timeout: 20_000, interval: 20 },
    );
    const last = mails.at(-1);
    if (!last) throw new Error(`No mail for ${email}.`);
    return last;
  }

  close(): void {
    this.#spy.mockRestore();
  }
}

/** The token that the link carries. */
export function tokenOf({ link }: TestMail): string {
  const [, token] = /#token=([\w-]{43})$/.exec(link) ?? [];
  if (token === undefined) throw new Error(`No token in ${link}`);
  return token;
}
