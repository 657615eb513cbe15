import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ProductionCloud, startProductionCloud } from './support/production-cloud.ts';
import { send } from './support/send.ts';

const SECRETS = '/workers/scripts/freehold-platform/secrets';
/** The platform is deployed, and not given its token: no secret is set. */
const WITHOUT_TOKEN = { FREEHOLD_PLATFORM_API_TOKEN: '' };
const TIMEOUT_MS = 240_000;

let production: ProductionCloud;

beforeAll(async () => {
  production = await startProductionCloud();
});
afterAll(() => production?.stop());

function codeOf({ exitCode, stderr }: { exitCode: number | undefined; stderr: string }): string | null {
  return exitCode === 0 ? null : JSON.parse(stderr).error.code;
}

async function registry(sql: string): Promise<unknown[]> {
  const [found] = await production.api<{ uuid: string }[]>('GET', '/d1/database?name=freehold-registry');
  const path = `/d1/database/${found?.uuid}/query`;
  const [answer] = await production.api<{ results: unknown[] }[]>('POST', path, { sql });
  return answer?.results ?? [];
}

test('two who begin with nothing in the same second stop with what to do, and come to one end', {
  timeout: TIMEOUT_MS,
}, async () => {
  const run = () => production.bootstrap('--json', WITHOUT_TOKEN);
  const both = await Promise.all([run(), run()]);
  // What the other one is just making is met as a conflict: run again, it is there.
  expect(['PLATFORM_TOKEN_NEEDED', 'CLOUDFLARE_UNAVAILABLE']).toStrictEqual(
    expect.arrayContaining(both.map(codeOf)),
  );
  expect(codeOf(await run())).toBe('PLATFORM_TOKEN_NEEDED');
});

test('a run that died while it set secrets keeps others from them for a minute', async () => {
  await registry(
    `INSERT INTO events (id, at, actor, action, target_kind, target_id)
     VALUES ('died', unixepoch() * 1000, 'bootstrap', 'set-secrets.began', 'worker', 'freehold-platform')`,
  );
  expect(codeOf(await production.bootstrap('--json'))).toBe('BOOTSTRAP_OVERTAKEN');
  expect(await production.api('GET', SECRETS)).toStrictEqual([]);
  await registry(`UPDATE events SET at = at - 60000 WHERE id = 'died'`);
});

test('of two who find no secrets in the same second, one sets them and the other is told', {
  timeout: TIMEOUT_MS,
}, async () => {
  const held = await production.control.addFault({
    ...{ kind: 'hold-after', method: 'GET', path: SECRETS, count: 2 },
  });
  const running = [production.bootstrap('--json'), production.bootstrap('--json')];
  await expect
    .poll(() => production.control.calls(), { timeout: 120_000 })
    .toSatisfy(
      (calls: { state: string }[]) => calls.filter(({ state }) => state === 'held-after').length === 2,
    );
  await production.control.releaseFault(held);
  const both = await Promise.all(running);
  expect(both.map(codeOf).sort()).toStrictEqual(['BOOTSTRAP_OVERTAKEN', null]);
  expect(
    await registry(`SELECT id FROM events WHERE action = 'set-secrets.began' AND id <> 'died'`),
  ).toHaveLength(1);
  const shown = both.flatMap(({ stdout }) => [...stdout.matchAll(/"admin_token":"([\w-]{43})"/g)]);
  expect(shown).toHaveLength(1);
  const token = shown[0]?.[1] ?? '';
  expect((await send(`${production.url}/admin/accounts`, { token })).status).toBe(200);

  const last = await production.bootstrap('--json', { FREEHOLD_ADMIN_TOKEN: token });
  expect(codeOf(last), last.stderr).toBe(null);
});
