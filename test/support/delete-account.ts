import { expect } from 'vitest';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { send } from './send.ts';
import { accepted, untilFinished } from './sign-up.ts';

/** Deletes an account and waits until its deletion is settled. */
export async function deleteAccount(instance: LocalInstance, idOrSlug: string, graceDays = 30) {
  const { url, admin_token: token } = instance;
  const json = { grace_days: graceDays };
  const begun = accepted(await send(`${url}/admin/accounts/${idOrSlug}`, { method: 'DELETE', token, json }));
  const ended = await untilFinished(instance, begun.operation.id);
  expect(ended).toMatchObject({ kind: 'delete', status: 'succeeded', error: null });
  return begun;
}
