import { describe, expect, it } from 'vitest';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { SurveyedStack } from '../registry/surveyed-stacks.ts';
import { chooseLooks, LOOKS_IN_DOUBT, LOOKS_IN_TURN } from './choose-looks.ts';
import { compareHealth } from './look-at-stack.ts';
import { LOOK_FOR_MS, lookInTurn } from './look-in-turn.ts';

function stack(number: number): SurveyedStack {
  const id = String(number).padStart(4, '0');
  return {
    ...{ id, account_id: `account-${id}`, status: 'serving', residency: 'eu', database_id: `d-${id}` },
    ...{ worker_name: `fh-${id}`, dispatch_namespace: 'freehold', release_id: 'r2', schema_version: 9 },
    ...{ updated_at: 0, at_work: false, abandoned: false },
  };
}

const stacks = (count: number) => Array.from({ length: count }, (_, number) => stack(number));
const NOTHING = { inDoubt: () => false, lastSeenAt: () => undefined };

describe('the stacks to look at', () => {
  it('are the next in turn, and the first again after the last', () => {
    const settled = stacks(LOOKS_IN_TURN + 5);
    const first = chooseLooks({ settled, ...NOTHING, lookedUpTo: '' });
    expect(first.chosen).toEqual(settled.slice(0, LOOKS_IN_TURN));
    const second = chooseLooks({ settled, ...NOTHING, lookedUpTo: first.inTurn.at(-1)?.id ?? '' });
    expect(second.chosen).toEqual([...settled.slice(LOOKS_IN_TURN), ...settled.slice(0, LOOKS_IN_TURN - 5)]);
    const third = chooseLooks({ settled, ...NOTHING, lookedUpTo: 'zzzz' });
    expect(third.chosen).toEqual(first.chosen);
  });

  it('are those in doubt before them, so that each of any number gets its turn', () => {
    const settled = stacks(100);
    const seenAt = new Map<string, number>();
    const looked = new Set<string>();
    for (let at = 1; at <= Math.ceil(100 / LOOKS_IN_DOUBT); at += 1) {
      const { chosen } = chooseLooks({
        ...{ settled, inDoubt: () => true, lookedUpTo: '' },
        lastSeenAt: ({ id }) => seenAt.get(id),
      });
      expect(chosen.length).toBeLessThanOrEqual(LOOKS_IN_DOUBT + LOOKS_IN_TURN);
      for (const { id } of chosen.slice(0, LOOKS_IN_DOUBT)) {
        seenAt.set(id, at);
        looked.add(id);
      }
    }
    expect(looked.size).toBe(100);
  });
});

describe('looks', () => {
  const clock = { now: 0 };
  const log: unknown[] = [];
  const ports = {
    now: () => clock.now,
    wait: async (ms: number) => {
      clock.now += ms;
    },
    log: (entry: unknown) => log.push(entry),
  };

  it('wait for API calls, and for no longer than a survey may', async () => {
    const began = clock.now;
    let refusals = 0;
    const { seen } = await lookInTurn(
      [1, 2, 3, 4],
      async (thing) => {
        if (thing === 2 && refusals < 3) {
          refusals += 1;
          throw new PlatformError('API_BUDGET_EXHAUSTED', { retryAfterMs: 5_000 });
        }
        if (thing === 3) throw new PlatformError('API_BUDGET_EXHAUSTED', { retryAfterMs: 10_000 });
        return thing * 10;
      },
      ports,
    );
    expect([...seen]).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(clock.now - began).toBeLessThanOrEqual(LOOK_FOR_MS);
  });

  it('end when they took as long as a survey may, however long each of them takes', async () => {
    const { seen } = await lookInTurn(
      [1, 2, 3, 4],
      async (thing) => {
        clock.now += LOOK_FOR_MS / 2;
        return thing;
      },
      ports,
    );
    expect([...seen.keys()]).toEqual([1, 2, 3]);
  });

  it('pass over what does not answer, and end where Cloudflare asks to wait', async () => {
    log.length = 0;
    const codes = [null, 'CLOUDFLARE_UNAVAILABLE', null, 'CLOUDFLARE_RATE_LIMITED', null] as const;
    const { seen } = await lookInTurn(
      codes.map((code, number) => ({ code, number })),
      async ({ code, number }) => {
        if (code !== null) throw new PlatformError(code);
        return number;
      },
      ports,
    );
    expect([...seen.values()]).toEqual([0, 2]);
    expect(log).toMatchObject([{ code: 'CLOUDFLARE_UNAVAILABLE' }, { code: 'CLOUDFLARE_RATE_LIMITED' }]);
  });

  it('end with a fault of our own', async () => {
    const look = () => Promise.reject(new TypeError('ours'));
    await expect(lookInTurn([1], look, ports)).rejects.toThrow('ours');
  });
});

describe('what a Worker says of itself', () => {
  const subject = stack(0);
  const health = {
    stack_id: subject.id,
    account_id: subject.account_id,
    release_id: 'r2',
    schema_version: 9,
  };
  const kinds = (changes: Partial<typeof health>) =>
    compareHealth(subject, { ...health, ...changes }).map(({ kind }) => kind);

  it.each([
    ['as it should be', {}, []],
    ['a newer schema than its release needs', { schema_version: 10 }, []],
    ['an older schema', { schema_version: 8 }, ['SCHEMA_BEHIND']],
    ['another release', { release_id: 'r1' }, ['RELEASE_BEHIND']],
    [
      'another release and an older schema',
      { release_id: 'r1', schema_version: 8 },
      ['RELEASE_BEHIND', 'SCHEMA_BEHIND'],
    ],
    ['another account, whatever else', { account_id: null, release_id: 'r1' }, ['IDENTITY_MISMATCH']],
    ['another stack', { stack_id: 'another' }, ['IDENTITY_MISMATCH']],
  ])('%s', (_, changes, expected) => {
    expect(kinds(changes)).toEqual(expected);
  });
});
