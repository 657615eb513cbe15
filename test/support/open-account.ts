import { expect } from 'vitest';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { Account } from '#shared-schema/accounts/account.ts';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { type Answer, type SendOptions, send } from './send.ts';
import { ownerEmail, PASSWORD, signUp, untilActive } from './sign-up.ts';

/** The two addresses that every account has. */
export const ADDRESS_FORMS = ['path', 'host'] as const;
export type AddressForm = (typeof ADDRESS_FORMS)[number];

/** A record of any entity, with what every record has. */
export const recordSchema = z.looseObject({
  id: uuidSchema,
  account_id: uuidSchema,
  version: z.int().positive(),
  created_at: timestampSchema,
  created_by: uuidSchema,
  updated_at: timestampSchema,
  updated_by: uuidSchema,
});
export type TestRecord = z.infer<typeof recordSchema>;

export const pageSchema = z.strictObject({ data: z.array(recordSchema), next_cursor: z.string().nullable() });

export const sessionSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(900),
  refresh_token: z.string(),
  user: recordSchema,
});
export type Session = z.infer<typeof sessionSchema>;

export function accountUrl(instance: LocalInstance, slug: string, form: AddressForm): string {
  return form === 'path' ? `${instance.url}/a/${slug}` : instance.url.replace('//', `//${slug}.`);
}

export async function logIn(
  instance: LocalInstance,
  slug: string,
  form: AddressForm = 'path',
  email = ownerEmail(slug),
) {
  const json = { email, password: PASSWORD };
  const answer = await send(`${accountUrl(instance, slug, form)}/sessions`, { method: 'POST', json });
  expect(answer.status, answer.text).toBe(201);
  return sessionSchema.parse(answer.body);
}

/** An account that is served, and its owner who is logged in. */
export class OpenAccount {
  readonly instance: LocalInstance;
  readonly account: Account;
  readonly session: Session;

  constructor(instance: LocalInstance, account: Account, session: Session) {
    this.instance = instance;
    this.account = account;
    this.session = session;
  }

  url(form: AddressForm): string {
    return accountUrl(this.instance, this.account.slug, form);
  }

  /** Sends a request to the account, with the owner's token where no other is given. */
  send(path: string, options: SendOptions = {}, form: AddressForm = 'path'): Promise<Answer> {
    return send(`${this.url(form)}${path}`, { token: this.session.access_token, ...options });
  }

  async createClient(fields: object, form: AddressForm = 'path'): Promise<TestRecord> {
    const answer = await this.send('/clients', { method: 'POST', json: fields }, form);
    expect(answer.status, answer.text).toBe(201);
    return recordSchema.parse(answer.body);
  }
}

/** Signs up, waits until the account is active, and logs its owner in. */
export async function openAccount(instance: LocalInstance, slug: string): Promise<OpenAccount> {
  const account = await untilActive(instance, await signUp(instance, slug));
  return new OpenAccount(instance, account, await logIn(instance, slug));
}
