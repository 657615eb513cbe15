/** A mail to one person, before anybody put it into words: the sender does, in the firm's own. */
export interface Mail {
  readonly kind: 'invitation' | 'password-reset';
  readonly to: { readonly name: string; readonly email: string };
  /** Which account it is about. */
  readonly account: { readonly slug: string; readonly url: string };
  /** Carries a one-time token behind the `#`: whoever has the link has what it gives. */
  readonly link: string;
  /** When the link stops to work, in milliseconds since the Unix epoch. */
  readonly expires_at: number;
}

/** How mails leave the platform. Rejects where the mail was not taken. */
export interface MailSender {
  send(mail: Mail): Promise<void>;
}
