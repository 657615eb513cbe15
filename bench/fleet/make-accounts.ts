import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { PlatformClient } from '#provisioner/cli/platform-client.ts';
import { queryRegistry } from '../load/query-registry.ts';

const AT_ONCE = 6;
const ACTIVE_WITHIN_MS = 2 * 60_000;
const ASK_AGAIN_MS = 100;
/** So many signups stay within what a clear budget gives to their lane. */
const SIGNUPS_A_BUDGET = 300;

export interface MadeAccount {
  readonly slug: string;
  readonly email: string;
  readonly password: string;
}

const acceptedSchema = z.object({ operation: z.object({ id: z.string() }) });
const statusSchema = z.object({ status: z.enum(['pending', 'running', 'succeeded', 'failed']) });

/** Makes so many accounts that are served, outside what is measured: no quota holds them back. */
export async function makeAccounts(instance: LocalInstance, count: number): Promise<MadeAccount[]> {
  const made: MadeAccount[] = [];
  for (let from = 0; from < count; from += SIGNUPS_A_BUDGET) {
    const numbers = Array.from({ length: Math.min(SIGNUPS_A_BUDGET, count - from) }, (_, i) => from + i);
    const worker = async () => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        made.push(await signUp(instance, `fleet-${number}`));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    await forgetCalls(instance);
  }
  return made;
}

async function signUp(instance: LocalInstance, slug: string): Promise<MadeAccount> {
  const platform = new PlatformClient({ url: instance.url, adminToken: instance.admin_token });
  const account = { slug, email: `owner@${slug}.example`, password: crypto.randomUUID() };
  const owner = { name: 'Owner', email: account.email, password: account.password };
  const { operation } = acceptedSchema.parse(
    await platform.post('/accounts', { name: 'Fleet', slug, owner }),
  );
  const deadline = performance.now() + ACTIVE_WITHIN_MS;
  while (performance.now() < deadline) {
    const { status } = statusSchema.parse(await platform.get(`/operations/${operation.id}`));
    if (status === 'succeeded') return account;
    if (status === 'failed') break;
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`${slug} was not made.`);
}

/** The platform counts its API calls from nothing again. */
async function forgetCalls(instance: LocalInstance): Promise<void> {
  await queryRegistry(instance, 'DELETE FROM api_budget_slots');
}
