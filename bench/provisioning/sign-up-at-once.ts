import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { PlatformClient } from '#provisioner/cli/platform-client.ts';

export interface ServedSignup {
  readonly workerName: string;
  /** From the signup to the first request that the account's Worker served, in milliseconds. */
  readonly servedInMs: number;
  /** How long a signup took that was refused right after its password was hashed, with as many others at once. */
  readonly hashedInMs: number;
}

const SERVED_WITHIN_MS = 5 * 60_000;
const acceptedSchema = z.object({ account: z.object({ id: z.string() }) });
const stacksSchema = z.object({ data: z.tuple([z.object({ worker_name: z.string() })]) });

/** So many people sign up at the same moment. Fails where one of them is not served. */
export async function signUpAtOnce(instance: LocalInstance, people: number): Promise<ServedSignup[]> {
  const slugs = Array.from({ length: people }, () => `bench-${crypto.randomUUID().slice(0, 13)}`);
  const served = await Promise.all(slugs.map((slug) => signUpAndUse(instance, slug)));
  const hashed = await Promise.all(slugs.map((slug) => timeOfHash(instance, slug)));
  const platform = new PlatformClient({ url: instance.url, adminToken: instance.admin_token });
  return Promise.all(
    served.map(async ({ id, servedInMs }, number) => {
      const { data } = stacksSchema.parse(await platform.get(`/admin/stacks?account_id=${id}`));
      return { workerName: data[0].worker_name, servedInMs, hashedInMs: hashed[number] ?? 0 };
    }),
  );
}

function signUp({ url }: LocalInstance, slug: string): Promise<Response> {
  const owner = { name: 'Owner', email: 'owner@bench.example', password: crypto.randomUUID() };
  return fetch(`${url}/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Bench', slug, owner }),
  });
}

async function signUpAndUse(instance: LocalInstance, slug: string) {
  const began = performance.now();
  const answer = await signUp(instance, slug);
  if (!answer.ok) throw new Error(`A signup was answered ${answer.status}: ${await answer.text()}`);
  const { account } = acceptedSchema.parse(await answer.json());
  while (performance.now() - began < SERVED_WITHIN_MS) {
    const first = await fetch(`${instance.url}/a/${slug}/openapi.json`);
    await first.arrayBuffer();
    if (first.ok) return { id: account.id, servedInMs: performance.now() - began };
    await delay(10);
  }
  throw new Error(`${slug} was not served within ${SERVED_WITHIN_MS / 60_000} minutes.`);
}

/** A signup whose slug is taken is refused by the write that comes after the hash, which makes nothing. */
async function timeOfHash(instance: LocalInstance, slug: string): Promise<number> {
  const began = performance.now();
  const refused = await signUp(instance, slug);
  await refused.arrayBuffer();
  if (refused.status !== 409) throw new Error(`A signup for a taken slug was answered ${refused.status}.`);
  return performance.now() - began;
}
