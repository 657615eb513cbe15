import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { accountSchema } from '#shared-schema/accounts/account.ts';
import { operationSchema } from '#shared-schema/operations/operation.ts';
import { stackSchema } from '#shared-schema/stacks/stack.ts';
import { CloudApi } from './cloud-api.ts';
import { send } from './send.ts';

const accounts = z.array(accountSchema);
const stacks = z.array(stackSchema);
const operations = z.array(operationSchema);

/** All that exists: what the registry lists and what lies in the cloud. */
export async function landscape(instance: LocalInstance) {
  const cloud = new CloudApi(instance);
  return {
    accounts: accounts.parse(await adminList(instance, 'accounts')),
    stacks: stacks.parse(await adminList(instance, 'stacks')),
    operations: operations.parse(await adminList(instance, 'operations')),
    databases: await cloud.databases(),
    scripts: await cloud.scripts(),
  };
}

/** Every item of an admin list, page by page. */
export async function adminList(instance: LocalInstance, name: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=200${cursor && `&cursor=${cursor}`}`;
    const answer = await send(`${instance.url}/admin/${name}?${query}`, { token: instance.admin_token });
    const page = z
      .object({ data: z.array(z.unknown()), next_cursor: z.string().nullable() })
      .parse(answer.body);
    items.push(...page.data);
    cursor = page.next_cursor;
  }
  return items;
}

/** The names that databases and Workers must have, exactly these, when every account has its one stack. */
export function resourceNames({ stacks }: Awaited<ReturnType<typeof landscape>>): string[] {
  return stacks.map(({ id }) => `fh-${id}`).sort();
}
