import { expect, vi } from 'vitest';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type Account, accountSchema } from '#shared-schema/accounts/account.ts';
import { isFinished, type Operation, operationSchema } from '#shared-schema/operations/operation.ts';
import { type Answer, type SentHeaders, send } from './send.ts';

export const PASSWORD = 'a long enough password';

const acceptedSchema = z.strictObject({
  account: accountSchema.strict(),
  operation: operationSchema.strict(),
});
export type Accepted = z.infer<typeof acceptedSchema>;

/** The body of a signup as a person would send it. */
export function signupBody(slug: string) {
  const owner = { name: 'Olive Owner', email: ownerEmail(slug), password: PASSWORD };
  return { name: `The firm ${slug}`, slug, owner };
}

export function ownerEmail(slug: string): string {
  return `owner@${slug}.example`;
}

export function sendSignup(
  instance: LocalInstance,
  json: unknown,
  headers: SentHeaders = {},
): Promise<Answer> {
  return send(`${instance.url}/accounts`, { method: 'POST', json, headers });
}

/** Signs up and checks that it was accepted. */
export async function signUp(instance: LocalInstance, slug: string): Promise<Accepted> {
  return accepted(await sendSignup(instance, signupBody(slug)));
}

/** 201 where a stack of the pool was ready, else 202. */
export function accepted(answer: Answer): Accepted {
  expect([201, 202], answer.text).toContain(answer.status);
  return acceptedSchema.parse(answer.body);
}

export async function readOperation(instance: LocalInstance, id: string): Promise<Operation> {
  const answer = await send(`${instance.url}/operations/${id}`);
  expect(answer.status, answer.text).toBe(200);
  return operationSchema.strict().parse(answer.body);
}

export async function readAccount(instance: LocalInstance, idOrSlug: string): Promise<Account> {
  const answer = await send(`${instance.url}/admin/accounts/${idOrSlug}`, { token: instance.admin_token });
  expect(answer.status, answer.text).toBe(200);
  return accountSchema.strict().parse(answer.body);
}

/** Follows the operation by `GET /operations/<id>` until it has ended. */
export function untilFinished(instance: LocalInstance, operationId: string): Promise<Operation> {
  return vi.waitUntil(
    async () => {
      const seen = await readOperation(instance, operationId);
      return isFinished(seen) && seen;
    },
    { timeout: 60_000, interval: 50 },
  );
}

/** Follows the signup's operation to its end, and gives the account as it is then. */
export async function untilActive(instance: LocalInstance, { account, operation }: Accepted) {
  expect(await untilFinished(instance, operation.id)).toMatchObject({ status: 'succeeded', error: null });
  return readAccount(instance, account.id);
}
