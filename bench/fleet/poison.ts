import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { PlatformClient } from '#provisioner/cli/platform-client.ts';
import type { MadeAccount } from './make-accounts.ts';

const sessionSchema = z.object({ access_token: z.string() });
const groupsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The account has a row that the later release's migration cannot take. */
export async function poison(instance: LocalInstance, account: MadeAccount): Promise<void> {
  const user = await logIn(instance, account);
  await user.post(`/a/${account.slug}/groups`, { name: 'Partners' });
}

/** The account, asked for what breaks the migration, answers; then that is deleted. */
export async function mend(instance: LocalInstance, account: MadeAccount): Promise<void> {
  const user = await logIn(instance, account);
  const path = `/a/${account.slug}/groups`;
  const { data } = groupsSchema.parse(await user.get(path));
  for (const { id } of data) {
    const headers = { authorization: `Bearer ${user.token}` };
    const answer = await fetch(`${instance.url}${path}/${id}`, { method: 'DELETE', headers });
    if (answer.status !== 204) throw new Error(`The row was kept: ${answer.status} ${await answer.text()}`);
  }
}

async function logIn({ url, admin_token }: LocalInstance, { slug, email, password }: MadeAccount) {
  const anybody = new PlatformClient({ url, adminToken: admin_token });
  const session = sessionSchema.parse(await anybody.post(`/a/${slug}/sessions`, { email, password }));
  const token = session.access_token;
  return Object.assign(new PlatformClient({ url, adminToken: token }), { token });
}
