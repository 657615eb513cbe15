import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { CloudApi } from './support/cloud-api.ts';
import { AcknowledgedWrites } from './support/crowd/acknowledged-writes.ts';
import { CrowdMember, REQUESTS_PER_MEMBER } from './support/crowd/crowd-member.ts';
import { openConnections } from './support/crowd/open-connections.ts';
import { Outcomes } from './support/crowd/outcomes.ts';
import { seedMembers } from './support/crowd/seed-members.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { type OpenAccount, openAccount, pageSchema } from './support/open-account.ts';

const USERS = 4_000;
const TIME_LIMIT_MS = 600_000;

const changeSchema = z.object({
  ...{ entity: z.string(), entity_id: z.string(), version: z.int(), actor_id: z.string() },
});
const changePageSchema = z.object({ data: z.array(changeSchema), next_cursor: z.string().nullable() });

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let account: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  account = await openAccount(platform.instance, 'crowd');
});
afterAll(() => platform?.stop());

/** What is on all pages together. `cursor` is the parameter that takes a page's `next_cursor`. */
async function readAll<Item>(
  path: string,
  cursor: 'cursor' | 'since',
  schema: z.ZodType<{ data: Item[]; next_cursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let next: string | null = null;
  do {
    const from: string = next === null ? '' : `&${cursor}=${next}`;
    const answer = await account.send(`${path}?limit=200${from}`);
    expect(answer.status, answer.text).toBe(200);
    const page = schema.parse(answer.body);
    items.push(...page.data);
    next = page.next_cursor;
  } while (next !== null);
  return items;
}

test(
  `${USERS} users work at once on one account: no request fails, and every acknowledged write is there`,
  async () => {
    const { stacks } = await landscape(platform.instance);
    const database = { databaseId: String(stacks[0]?.database_id), accountId: account.account.id };
    const members = await seedMembers(new CloudApi(platform.instance), { ...database, count: USERS });
    const { port, pathname } = new URL(account.url('path'));
    const connections = await openConnections(new URL(`http://127.0.0.1:${port}`), USERS);
    expect(connections.filter(({ socket }) => socket.readyState === 'open')).toHaveLength(USERS);

    const crowd = { account: pathname, outcomes: new Outcomes(), writes: new AcknowledgedWrites() };
    const { outcomes, writes } = crowd;
    const started = performance.now();
    await Promise.all(
      connections.map(async ({ client }, number) => {
        const member = members[number];
        if (!member) throw new TypeError('There are more connections than members.');
        await new CrowdMember(client, member, crowd).work();
        await client.close();
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${USERS} users at once: ${outcomes.successes} requests in ${seconds.toFixed(1)} s, ` +
        `${Math.round(outcomes.successes / seconds)} requests/s, ` +
        `p50 ${outcomes.percentile(0.5)} ms, p99 ${outcomes.percentile(0.99)} ms`,
    );
    expect(outcomes.failures).toEqual({});
    expect(outcomes.successes).toBe(USERS * REQUESTS_PER_MEMBER);

    const clients = await readAll('/clients', 'cursor', pageSchema);
    const cases = await readAll('/cases', 'cursor', pageSchema);
    expect(writes.differencesOf([...clients, ...cases])).toEqual([]);
    const numbers = cases.map(({ reference }) => Number(String(reference).split('-').at(-1)));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(cases.map((_, position) => position + 1));
    const changes = await readAll('/changes', 'since', changePageSchema);
    expect(writes.differencesOfChanges(changes.filter(({ entity }) => entity !== 'user'))).toEqual([]);
  },
  TIME_LIMIT_MS,
);
