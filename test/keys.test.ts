import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import * as z from 'zod';
import { rotateKeys } from '#platform-worker/identity/rotate-keys.ts';
import { workerConfigPath } from '#provisioner/cli/build/worker-config.ts';
import { type LocalPlatform, startLocalPlatform } from '#provisioner/cli/local/start-local-platform.ts';
import {
  distributedKeysSchema,
  listedKeysSchema,
  newSigningKey,
  type SigningKeySet,
} from '#shared-schema/tokens/signing-key.ts';
import { createCommand } from './support/cli-platform.ts';
import { freePorts } from './support/free-ports.ts';
import { freehold } from './support/freehold.ts';
import { startKeyHolders } from './support/key-holders.ts';
import { accountUrl, logIn, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

async function threeSets(): Promise<[SigningKeySet, SigningKeySet, SigningKeySet]> {
  const first: SigningKeySet = { keys: [await newSigningKey(), await newSigningKey()] };
  const rotate = async (set: SigningKeySet) =>
    rotateKeys(set, { fresh: await newSigningKey(), leaked: false, now: Date.now() });
  const second = await rotate(first);
  return [first, second, await rotate(second)];
}

test('two rotations, with an upload of Workers between, refuse no request', {
  timeout: 180_000,
}, async () => {
  const sets = await threeSets();
  await using holders = await startKeyHolders(...sets);
  const [first, second, third] = holders.instances;
  if (!first || !second || !third) throw new TypeError('Three were asked for.');
  const admin = (at: typeof first, path: string, json: object = {}) =>
    send(`${at.url}/admin/keys/${path}`, { method: 'POST', token: at.admin_token, json });

  const tokens: string[] = [];
  let serving = [first];
  const answered: number[] = [];
  let isOver = false;
  const ask = async () => {
    for (const at of serving) {
      for (const token of tokens) {
        answered.push((await send(`${accountUrl(at, 'acme', 'path')}/clients`, { token })).status);
      }
    }
  };
  const logInEverywhere = async () => {
    for (const at of serving) tokens.push((await logIn(at, 'acme')).access_token);
  };

  tokens.push((await openAccount(first, 'acme')).session.access_token);
  const users = (async () => {
    while (!isOver) await ask();
  })();
  // The first rotation reaches isolates one after the other: for a while, some sign with the one key and some with the other.
  serving = [first, second];
  await logInEverywhere();
  await ask();
  serving = [second];
  const early = await admin(second, 'rotate');
  expectRefusal(early, 'KEYS_NOT_EVERYWHERE', { key_id: sets[1].keys[1].kid, stacks: 1 });
  const uploaded = distributedKeysSchema.parse((await admin(second, 'distribute')).body);
  expect(uploaded).toStrictEqual({ operations: [expect.any(String)], next: null, stacks: 0 });
  await ask();
  serving = [second, third];
  await logInEverywhere();
  await ask();
  serving = [third];
  expect(distributedKeysSchema.parse((await admin(third, 'distribute')).body).stacks).toBe(0);
  await logInEverywhere();
  await ask();
  isOver = true;
  await users;
  expect(tokens).toHaveLength(6);
  expect(new Set(answered)).toStrictEqual(new Set([200]));
});

test('the Worker whose secret a rotation writes is the platform itself', () => {
  const { name, vars } = unstable_readConfig({ config: workerConfigPath('platform-worker') });
  expect(vars.PLATFORM_WORKER).toBe(name);
});

let platform: LocalPlatform | undefined;
afterEach(async () => platform?.stop());

test('a leaked secret is of no use after two rotations and an upload between, and everybody goes on', {
  timeout: 240_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-leak-'));
  const port = await freePorts(2);
  const start = async () => {
    await platform?.stop();
    platform = await startLocalPlatform({ dataDir, port, vars: { POOL_SIZES: '{"eu": 1}' } });
    return platform.instance;
  };
  const run = async <Schema extends z.ZodType>(line: string, schema: Schema) => {
    const env = { FREEHOLD_DATA_DIR: dataDir };
    const { exitCode, stdout, stderr } = await freehold(`keys ${line} --json`.split(' '), { env });
    expect(exitCode, stderr).toBe(0);
    return schema.parse(JSON.parse(stdout));
  };
  const instance = await start();
  const env = { FREEHOLD_DATA_DIR: dataDir };
  const input = `${PASSWORD}\n`;
  expect(await freehold(createCommand('acme').split(' '), { env, input })).toMatchObject({ exitCode: 0 });
  const session = await logIn(instance, 'acme', 'path', 'ann@acme.example');

  const before = (await run('list', listedKeysSchema)).data;
  expect(before).toMatchObject([{ role: 'current', since: null }, { role: 'next' }]);
  const once = (await run('rotate --leaked', listedKeysSchema)).data;
  expect(once).toMatchObject([
    { id: before[1]?.id, role: 'current', since: expect.any(Number) },
    { role: 'next' },
  ]);
  expect(once).toHaveLength(2);

  await start();
  const refused = await freehold(['keys', 'rotate'], { env });
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(
    /^KEYS_NOT_EVERYWHERE: Not every account Worker knows the next key yet\. .*\n {2}key_id: \w+\n {2}stacks: [12]\n.*\nNext: .*: freehold keys distribute$/,
  );
  expect((await run('distribute', z.strictObject({ uploads: z.int() }))).uploads).toBeGreaterThan(0);
  expect((await run('distribute', z.strictObject({ uploads: z.int() }))).uploads).toBe(0);
  const listed = (await run('list', listedKeysSchema)).data;
  expect(listed.map(({ id }) => id)).toStrictEqual(once.map(({ id }) => id));
  expect(listed.every(({ stacks }) => stacks > 0)).toBe(true);
  await run('rotate --leaked', listedKeysSchema);

  await start();
  const url = accountUrl(instance, 'acme', 'path');
  expectRefusal(await send(`${url}/me`, { token: session.access_token }), 'TOKEN_INVALID');
  const json = { refresh_token: session.refresh_token };
  const refreshed = await send(`${url}/sessions/refresh`, { method: 'POST', json });
  expect(refreshed.status, refreshed.text).toBe(200);
  const me = await send(`${url}/me`, { token: Object(refreshed.body).access_token });
  expect(me.status, me.text).toBe(200);
  const now = (await run('list', listedKeysSchema)).data.map(({ id }) => id);
  expect(now[0]).toBe(once[1]?.id);
  expect(before.some(({ id }) => now.includes(id))).toBe(false);
  const events = await send(`${instance.url}/admin/events?action=rotate-keys.began&sort=at`, {
    token: instance.admin_token,
  });
  expect(events.body).toMatchObject({
    data: [
      { target_id: before[1]?.id, before: { keys: before.map(({ id }) => id) }, after: { leaked: true } },
      { target_id: once[1]?.id, after: { keys: now } },
    ],
  });
  await rm(dataDir, { recursive: true, force: true });
});
