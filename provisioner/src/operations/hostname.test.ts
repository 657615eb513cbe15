import { BaseCustomHostnames } from 'cloudflare/resources/custom-hostnames/custom-hostnames';
import { createClient } from 'cloudflare/tree-shakable';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  beginOn,
  OTHER_ZONE_ID,
  type ProvisionFacts,
  type Provisioning,
  recordSignup,
  runToEnd,
  startProvisioning,
  ZONE_ID,
} from '#test/support/provisioning.ts';
import { observeHostnames } from '../reconciler/observe-hostnames.ts';
import { denyHostname, giveHostname, hostnamesOf } from '../registry/hostnames.ts';
import { getOperation, retryOperation } from '../registry/operations.ts';
import { runOperation } from './run-operation.ts';

const ZONE = `/zones/${ZONE_ID}/custom_hostnames`;
const POST = { method: 'POST', path: ZONE } as const;
const DELETE = { method: 'DELETE', path: `${ZONE}/*` } as const;
const SSL = { method: 'http', type: 'dv' } as const;

let world: Provisioning;
let account: ProvisionFacts;
let count = 0;
let hostname: string;

beforeAll(async () => {
  world = await startProvisioning();
  account = await recordSignup(world);
  await runToEnd(world, account.operationId);
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  count += 1;
  hostname = `name-${count}.hart.dev`;
  await world.control.removeFaults();
  await world.control.clearCalls();
});

async function begin(kind: 'add-hostname' | 'remove-hostname'): Promise<string> {
  const operationId = await beginOn(world, account, kind, { hostname });
  const order = { hostname, accountId: account.accountId, now: world.clock.now };
  const write = kind === 'add-hostname' ? giveHostname : denyHostname;
  await write(world.registry, order, { sql: '1', params: [] }).run();
  return operationId;
}

async function add(): Promise<void> {
  const operationId = await begin('add-hostname');
  await runToEnd(world, operationId);
  expect(await ended(operationId)).toStrictEqual(['succeeded', undefined]);
}

async function remove(): Promise<void> {
  const operationId = await begin('remove-hostname');
  await runToEnd(world, operationId);
  expect(await ended(operationId)).toStrictEqual(['succeeded', undefined]);
}

const observe = () => observeHostnames(world.surveyPorts);
const row = async () => {
  const rows = await hostnamesOf(world.registry, account.accountId);
  return rows.find((one) => one.hostname === hostname);
};
const status = async () => (await row())?.status;
const problems = async () => (await row())?.setup?.problems;
const ended = async (operationId: string) => {
  const { status, error } = await getOperation(world.registry, operationId);
  return [status, error?.code];
};

function cloudflare() {
  const apiToken = 'token-of-this-test';
  const options = { resources: [BaseCustomHostnames], baseURL: world.apiUrl, apiToken, maxRetries: 0 };
  return createClient(options).customHostnames;
}

async function inZone(zone_id = ZONE_ID): Promise<string[]> {
  const { result } = await cloudflare().list({ zone_id, hostname: { exact: hostname } });
  return result.map(({ id }) => id);
}

/** A look at the hostname, held where Cloudflare has answered and nobody knows what. */
async function holdLook() {
  const path = `${ZONE}/${(await row())?.custom_hostname_id}`;
  const held = await world.control.addFault({ kind: 'hold-after', method: 'GET', path });
  const looking = observe();
  const states = async () => (await world.control.calls()).map(({ state }) => state);
  await expect.poll(states).toContain('held-after');
  return { held, looking };
}

const calls = async () =>
  (await world.control.apiCalls()).map((call) => call.replace(/[0-9a-f-]{36}/, ':id').replace(/\?.*/, ''));

const events = async () => {
  const { results } = await world.registry
    .prepare(`SELECT actor, action, target_id FROM events WHERE after ->> '$.hostname' = ? ORDER BY id`)
    .bind(hostname)
    .all();
  return results.map(({ actor, action, target_id }) => [actor, action, target_id]);
};

describe('add-hostname', () => {
  it('takes one call, and notes what its owner has to set up', async () => {
    await add();
    expect(await calls()).toStrictEqual([`POST ${ZONE}`]);
    expect(await row()).toMatchObject({
      status: 'pending',
      custom_hostname_id: (await inZone())[0],
      setup: { records: [{ type: 'TXT', name: `_cf-custom-hostname.${hostname}` }], problems: [/CNAME/] },
    });
  });

  it.each(['fail-after', 'drop-after'] as const)(
    'adopts the one whose making was not told: %s',
    async (kind) => {
      await world.control.addFault({ kind, ...POST });
      await add();
      expect(await inZone()).toStrictEqual([(await row())?.custom_hostname_id]);
    },
  );

  it('adopts one that is there already in its zone', async () => {
    const { id } = await cloudflare().create({ zone_id: ZONE_ID, hostname, ssl: SSL });
    await add();
    expect((await row())?.custom_hostname_id).toBe(id);
  });

  it('adopts the one that a driver made before it died', async () => {
    const operationId = await begin('add-hostname');
    const held = await world.control.addFault({ kind: 'hold-after', ...POST });
    const dead = runOperation(world.ports, operationId, 'dies');
    await expect.poll(() => inZone()).toHaveLength(1);
    world.clock.now += 60_000;
    await runToEnd(world, operationId);
    await world.control.removeFault(held);
    await dead;
    expect(await ended(operationId)).toStrictEqual(['succeeded', undefined]);
    expect(await inZone()).toStrictEqual([(await row())?.custom_hostname_id]);
  });

  it('fails where another zone has it; its removal leaves that one alone', async () => {
    await cloudflare().create({ zone_id: OTHER_ZONE_ID, hostname, ssl: SSL });
    const operationId = await begin('add-hostname');
    await runToEnd(world, operationId);
    expect(await ended(operationId)).toStrictEqual(['failed', 'HOSTNAME_CONFLICT']);
    expect(await status()).toBe('pending');
    await observe();
    await remove();
    expect([await row(), await inZone(OTHER_ZONE_ID)]).toStrictEqual([undefined, [expect.any(String)]]);
  });

  it('may be tried again once the other zone has given it up', async () => {
    const { id } = await cloudflare().create({ zone_id: OTHER_ZONE_ID, hostname, ssl: SSL });
    const operationId = await begin('add-hostname');
    await runToEnd(world, operationId);
    await cloudflare().delete(id, { zone_id: OTHER_ZONE_ID });
    await retryOperation(world.registry, operationId, world.clock.now);
    await runToEnd(world, operationId);
    expect(await ended(operationId)).toStrictEqual(['succeeded', undefined]);
    expect(await inZone()).toStrictEqual([(await row())?.custom_hostname_id]);
  });

  it('adopts none that leads to a server of somebody’s choice, nor is that deleted with it', async () => {
    const operationId = await begin('add-hostname');
    const ports = {
      ...world.ports,
      cloudflare: (caller: Parameters<typeof world.ports.cloudflare>[0]) => {
        const real = world.ports.cloudflare(caller);
        const find = real.findCustomHostname.bind(real);
        real.findCustomHostname = async (name) => {
          const found = await find(name);
          return found && { ...found, leadsElsewhere: true };
        };
        return real;
      },
    };
    await cloudflare().create({ zone_id: ZONE_ID, hostname, ssl: SSL });
    await runOperation(ports, operationId, 'test');
    expect(await ended(operationId)).toStrictEqual(['failed', 'HOSTNAME_CONFLICT']);
    await runToEnd({ ...world, ports }, await begin('remove-hostname'));
    expect([await row(), (await inZone()).length]).toStrictEqual([undefined, 1]);
  });
});

describe('observeHostnames', () => {
  it('finds it verified at the next look, and tells so once', async () => {
    await add();
    await world.control.clearCalls();
    await Promise.all([observe(), observe()]);
    const looks = await world.control.apiCalls();
    expect(new Set(looks).size).toBe(looks.length);
    expect(await row()).toMatchObject({ status: 'active', setup: null });
    await world.control.clearCalls();
    world.clock.now += 60_000;
    await observe();
    expect(await calls()).toStrictEqual([]);
    const its = account.accountId;
    expect(await events()).toStrictEqual([
      ['operation', 'add-hostname.succeeded', its],
      ['reconciler', 'hostname.verified', its],
    ]);
  });

  it('looks more seldom the longer it waits, and keeps no operation from the account', async () => {
    await world.control.addFault({ kind: 'unverified', ...POST });
    await add();
    await runToEnd(world, await beginOn(world, account, 'suspend'));
    await runToEnd(world, await beginOn(world, account, 'resume'));
    const began = world.clock.now;
    for (; world.clock.now < began + 24 * 60 * 60_000; world.clock.now += 300_000) await observe();
    const looks = (await calls()).filter((call) => call === `GET ${ZONE}/:id`).length;
    expect([looks > 48, looks < 90, await status()]).toStrictEqual([true, true, 'pending']);
    await world.control.verifyHostname(hostname);
    world.clock.now += 30 * 60_000;
    await observe();
    expect(await status()).toBe('active');
  });

  it('says so where Cloudflare has it no more, and goes on with the others', async () => {
    await world.control.addFault({ kind: 'unverified', ...POST });
    await add();
    const gone = hostname;
    await cloudflare().delete(String((await row())?.custom_hostname_id), { zone_id: ZONE_ID });
    hostname = `other-${hostname}`;
    await add();
    await observe();
    expect(await status()).toBe('active');
    hostname = gone;
    expect(await status()).toBe('pending');
    expect(await problems()).toStrictEqual([
      'Cloudflare has this host name no more: remove it and add it again.',
    ]);
  });

  it.each(['drop-before', 'fail-before'] as const)(
    'looks again after a call that failed: %s',
    async (kind) => {
      await add();
      await world.control.addFault({ kind, method: 'GET', path: `${ZONE}/*` });
      await expect(observe()).rejects.toMatchObject({ code: 'CLOUDFLARE_UNAVAILABLE' });
      expect(await status()).toBe('pending');
      world.clock.now += 5_000;
      await observe();
      expect(await status()).toBe('active');
    },
  );

  it('does not lead a name to the account that gives it up while Cloudflare answers', async () => {
    await add();
    const { held, looking } = await holdLook();
    const operationId = await begin('remove-hostname');
    await world.control.releaseFault(held);
    await looking;
    expect(await status()).toBe('removing');
    await runToEnd(world, operationId);
    expect([await row(), await events()]).toStrictEqual([
      undefined,
      [
        ['operation', 'add-hostname.succeeded', account.accountId],
        ['operation', 'remove-hostname.succeeded', account.accountId],
      ],
    ]);
  });

  it('does not lead a name by what Cloudflare said of the account that had it before', async () => {
    await add();
    const { held, looking } = await holdLook();
    await remove();
    await world.control.addFault({ kind: 'unverified', ...POST });
    await add();
    await world.control.releaseFault(held);
    await looking;
    expect(await status()).toBe('pending');
  });
});

describe('remove-hostname', () => {
  it('keeps the name until no isolate leads there, then it is gone at Cloudflare and free', async () => {
    await add();
    await observe();
    const operationId = await begin('remove-hostname');
    const outcome = await runOperation(world.ports, operationId, 'test');
    expect(outcome).toStrictEqual({ finished: false, availableAt: world.clock.now + 5_000 });
    expect([await status(), (await inZone()).length]).toStrictEqual(['removing', 1]);
    await runToEnd(world, operationId);
    expect([await row(), await inZone()]).toStrictEqual([undefined, []]);
    await add();
  });

  it.each(['fail-after', 'drop-after', 'drop-before'] as const)('comes to its end after %s', async (kind) => {
    await add();
    await world.control.addFault({ kind, ...DELETE });
    await remove();
    expect([await row(), await inZone()]).toStrictEqual([undefined, []]);
  });

  it('deletes one whose making was never told', async () => {
    const operationId = await begin('add-hostname');
    await world.control.addFault({ kind: 'hold-after', ...POST });
    const dead = runOperation(world.ports, operationId, 'dies');
    await expect.poll(() => inZone()).toHaveLength(1);
    await world.registry
      .prepare(`UPDATE operations SET status = 'failed', generation = generation + 1 WHERE id = ?`)
      .bind(operationId)
      .run();
    await world.control.removeFaults();
    await dead;
    expect((await row())?.custom_hostname_id).toBeNull();
    await remove();
    expect([await row(), await inZone()]).toStrictEqual([undefined, []]);
  });
});
