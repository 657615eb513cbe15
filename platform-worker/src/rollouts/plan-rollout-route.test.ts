import type { Context } from 'hono';
import { v7 as uuidV7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { type RolloutProgress, rolloutProgressSchema } from '#shared-schema/rollouts/rollout.ts';
import { modelFleet } from '#test/support/model-fleet.ts';
import { startRegistry } from '#test/support/registry-database.ts';
import type { RequestEnvironment } from '../http/request-environment.ts';
import type { Platform } from '../platform.ts';
import { planRolloutRoute } from './plan-rollout-route.ts';

const NOW = 1_800_000_000_000;
const NEXT = 'fedcba9876543210';
const STACKS = 3;

let registry: D1Database;
let stop: () => Promise<void>;

beforeEach(async () => {
  ({ registry, stop } = await startRegistry());
  await modelFleet(registry, { stacks: STACKS, clock: { now: NOW }, bundle: await buildRelease() });
  await registry
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 10, 0, 1)')
    .bind(NEXT)
    .run();
});
afterEach(() => stop());

/** The same registry; whoever asks how many stacks are chosen is answered when so many have asked. */
function answeringTogether(callers: number): D1Database {
  let asked = 0;
  const all = Promise.withResolvers<void>();
  const held = (statement: D1PreparedStatement): D1PreparedStatement =>
    ({
      bind: (...values: unknown[]) => held(statement.bind(...values)),
      first: async () => {
        asked += 1;
        if (asked === callers) all.resolve();
        await all.promise;
        return statement.first();
      },
    }) as D1PreparedStatement; // what is used of this one
  return {
    prepare: (sql: string) => {
      const statement = registry.prepare(sql);
      return sql.startsWith('SELECT COUNT(*) AS total') ? held(statement) : statement;
    },
    batch: (statements: D1PreparedStatement[]) => registry.batch(statements),
  } as D1Database; // what the route uses of it
}

async function plan(REGISTRY: D1Database, key: string, order: object = { release_id: NEXT }) {
  const raw = new Request('https://platform.test/admin/rollouts', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(order),
  });
  const platform = { env: { REGISTRY }, now: () => NOW, newId: () => uuidV7() } as unknown as Platform;
  const context = { env: { platform, requestId: 'r' }, req: { raw } };
  // What the handler uses of it.
  return planRolloutRoute.handler(context as unknown as Context<RequestEnvironment>);
}

async function written(): Promise<unknown> {
  return registry
    .prepare(
      `SELECT (SELECT COUNT(*) FROM rollouts) AS rollouts, (SELECT COUNT(*) FROM rollout_targets) AS targets,
         (SELECT COUNT(*) FROM events WHERE action = 'rollout.planned') AS events`,
    )
    .first();
}

const ONE = { rollouts: 1, targets: STACKS, events: 1 };

describe('a plan under an Idempotency-Key', () => {
  test('is made once by requests that meet in the middle, and answers all of them', async () => {
    const together = answeringTogether(3);
    const answers = await Promise.all([1, 2, 3].map(() => plan(together, 'k')));
    const bodies: RolloutProgress[] = [];
    for (const answer of answers) {
      expect(answer.status).toBe(201);
      bodies.push(rolloutProgressSchema.parse(await answer.json()));
    }
    const [first] = bodies;
    expect(bodies).toEqual([first, first, first]);
    const location = `/admin/rollouts/${first?.id}`;
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual([location, location, location]);
    const replayed = answers.map(({ headers }) => headers.get('idempotency-replayed'));
    expect(replayed.sort()).toEqual([null, 'true', 'true']);
    expect(await written()).toEqual(ONE);
  });

  test('refuses another plan that meets it in the middle', async () => {
    const together = answeringTogether(2);
    const answers = await Promise.allSettled([
      plan(together, 'k'),
      plan(together, 'k', { release_id: NEXT, waves: [100] }),
    ]);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await written()).toEqual(ONE);
  });

  test('is one of two under two keys', async () => {
    const together = answeringTogether(2);
    await Promise.all(['a', 'b'].map((key) => plan(together, key)));
    expect(await written()).toEqual({ rollouts: 2, targets: 2 * STACKS, events: 2 });
  });
});
