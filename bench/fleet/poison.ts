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
  const { data } = groupsSchema.parse(await user.get(`/a/${account.slug}/groups`));
  for (const { id } of data) await user.send('DELETE', `/a/${account.slug}/groups/${id}`, {});
}

async function logIn({ url, admin_token }: LocalInstance, { slug, email, password }: MadeAccount) {
  const anybody = new PlatformClient({ url, adminToken: admin_token });
  const session = sessionSchema.parse(await anybody.post(`/a/${slug}/sessions`, { email, password }));
  return new PlatformClient({ url, adminToken: session.access_token });
}
