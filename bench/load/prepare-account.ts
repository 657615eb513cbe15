import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { PlatformClient } from '#provisioner/cli/platform-client.ts';
import { watchOperation } from '#provisioner/cli/watch-operation.ts';

export interface PreparedAccount {
  readonly slug: string;
  readonly accessToken: string;
  readonly clientId: string;
  readonly workerName: string;
  readonly dispatchNamespace: string;
}

const idSchema = z.object({ id: z.string() });
const acceptedSchema = z.object({ account: idSchema, operation: idSchema });
const sessionSchema = z.object({ access_token: z.string() });
const stacksSchema = z.object({
  data: z.tuple([z.object({ worker_name: z.string(), dispatch_namespace: z.string() })]),
});

/** Signs an account up, logs its owner in and makes one client. */
export async function prepareAccount(instance: LocalInstance, slug = 'bench'): Promise<PreparedAccount> {
  const platform = new PlatformClient({ url: instance.url, adminToken: instance.admin_token });
  const password = randomBytes(16).toString('hex');
  const owner = { name: 'Owner', email: 'owner@bench.example', password };
  const { account, operation } = acceptedSchema.parse(
    await platform.post('/accounts', { name: 'Bench', slug, owner }),
  );
  await watchOperation(platform, operation.id, { json: true });
  const session = sessionSchema.parse(
    await platform.post(`/a/${slug}/sessions`, { email: owner.email, password }),
  );
  const user = new PlatformClient({ url: instance.url, adminToken: session.access_token });
  const client = idSchema.parse(
    await user.post(`/a/${slug}/clients`, { kind: 'individual', first_name: 'Ann', last_name: 'Hart' }),
  );
  const { data } = stacksSchema.parse(await platform.get(`/admin/stacks?account_id=${account.id}`));
  return {
    slug,
    accessToken: session.access_token,
    clientId: client.id,
    workerName: data[0].worker_name,
    dispatchNamespace: data[0].dispatch_namespace,
  };
}
