import * as z from 'zod';
import { HOST_HEADER } from '../worker/api/host-header.ts';

const answerSchema = z.object({ result_info: z.object({ total_count: z.number() }) });

/** How many databases there are, as the API answers it. */
export async function countDatabases(
  apiUrl: string,
  account: { accountId: string; apiToken: string },
): Promise<number> {
  const response = await fetch(`${apiUrl}/accounts/${account.accountId}/d1/database?per_page=1`, {
    headers: { authorization: `Bearer ${account.apiToken}`, [HOST_HEADER]: 'yes' },
  });
  if (!response.ok) throw new Error(`The API answered ${response.status} at start: ${await response.text()}`);
  return answerSchema.parse(await response.json()).result_info.total_count;
}
