import { ERROR_CODES } from '#shared-schema/errors/error-codes.ts';
import { type OperationPorts, runOperation } from '../operations/run-operation.ts';
import { beginOperation } from '../registry/begin-operation.ts';
import { insertEvent } from '../registry/events.ts';
import { newOperation } from '../registry/insert-operation.ts';
import {
  mayBegin,
  nextTargets,
  putOffTarget,
  type RolloutTargetRow,
  readWave,
  settleTargets,
  targetBegan,
  type WaveState,
} from '../registry/rollout-targets.ts';
import {
  claimRollout,
  type HeldRollout,
  letGo,
  type RolloutChange,
  renewRollout,
} from '../registry/rollouts.ts';
import { judgeWave } from './judge-wave.ts';

const TOLERANCE_EXCEEDED = {
  status: 'paused',
  reason: {
    code: 'ROLLOUT_TOLERANCE_EXCEEDED',
    message: ERROR_CODES.ROLLOUT_TOLERANCE_EXCEEDED.message,
  },
} as const;

/** What carries a rollout on: the ports of its operations, and a way to wait for the next of their tries. */
export interface RolloutDriverPorts extends OperationPorts {
  /** Ends after as many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** How many targets are read at a time, for each that is upgraded at once. */
const READ_AHEAD = 5;

/**
 * Carries a rollout on until the time (milliseconds since the Unix epoch), as far as it goes: takes up what was begun, begins
 * what may, and ends the wave. Any number may call this at any time; one works. What it did not get to, the next call does.
 */
export async function advanceRollout(
  ports: RolloutDriverPorts,
  rolloutId: string,
  until: number,
): Promise<void> {
  const held = await claimRollout(ports.registry, rolloutId, ports.now());
  if (held === null) return;
  if (held.gate_at !== null) return endWave(ports, held);
  for (;;) {
    const now = ports.now();
    const wave = await readWave(ports.registry, held, now);
    if (!wave.isHeld) return;
    const change = nextChange(held, wave, now) ?? (now >= until ? { availableAt: now } : null);
    if (change !== null) return record(ports, held, change);
    const targets = await nextTargets(ports.registry, held, now, held.plan.concurrency * READ_AHEAD);
    if (await carryAll(ports, held, targets, until)) {
      return record(ports, held, { availableAt: ports.now() });
    }
  }
}

/** What becomes of the rollout where there is nothing to carry on in its wave now; null where there is. */
export function nextChange(held: HeldRollout, wave: WaveState, now: number): RolloutChange | null {
  if (wave.running) return null;
  if (!wave.withinTolerance) return { ...TOLERANCE_EXCEEDED, availableAt: now };
  if (wave.pending) {
    return wave.next_at !== null && wave.next_at > now ? { availableAt: wave.next_at } : null;
  }
  if (!wave.later) return { status: 'finished', availableAt: now };
  const gateAt = now + held.plan.soak_ms;
  return { gateAt, availableAt: gateAt };
}

/** The wave was watched for as long as it was to be: the next begins where its stacks are well. */
async function endWave(ports: RolloutDriverPorts, held: HeldRollout): Promise<void> {
  await judgeWave(ports, held);
  const now = ports.now();
  const { withinTolerance } = await readWave(ports.registry, held, now);
  const next = { wave: held.wave + 1, gateAt: null, availableAt: now };
  await record(ports, held, withinTolerance ? next : { ...next, ...TOLERANCE_EXCEEDED });
}

async function record(ports: RolloutDriverPorts, held: HeldRollout, change: RolloutChange): Promise<void> {
  const { registry, newId } = ports;
  const now = ports.now();
  const changed = letGo(registry, held, change, now);
  const ended = change.status;
  if (ended === undefined) {
    await registry.batch([changed]);
    return;
  }
  const event = {
    ...{ id: newId(), at: now, actor: 'rollout', action: `rollout.${ended}`, requestId: null, before: null },
    ...{ targetKind: 'rollout', targetId: held.id, after: { reason: change.reason?.code ?? null } },
  };
  const still = {
    sql: 'EXISTS (SELECT 1 FROM rollouts WHERE id = ? AND generation = ? AND status = ?)',
    params: [held.id, held.generation, ended],
  };
  await registry.batch([changed, insertEvent(registry, event, still)]);
}

/**
 * Carries each target as far as it goes before the time, as many at once as the plan says: those that are left in their wait
 * are under way too, so whoever leaves one begins no other. Answers whether any was left.
 */
async function carryAll(
  ports: RolloutDriverPorts,
  held: HeldRollout,
  targets: readonly RolloutTargetRow[],
  until: number,
): Promise<boolean> {
  const waiting = [...targets];
  let left = false;
  const worker = async () => {
    for (let target = waiting.shift(); target && ports.now() < until; target = waiting.shift()) {
      if ((await carry(ports, held, target, until)) === 'ended') continue;
      left = true;
      return;
    }
  };
  await Promise.all(Array.from({ length: held.plan.concurrency }, worker));
  return left;
}

async function carry(
  ports: RolloutDriverPorts,
  held: HeldRollout,
  target: RolloutTargetRow,
  until: number,
): Promise<'ended' | 'left'> {
  const operationId = target.operation_id ?? (await begin(ports, held, target));
  if (operationId === null) {
    await putOffTarget(ports.registry, held, target, ports.now());
    return 'ended';
  }
  for (;;) {
    const outcome = await runOperation(ports, operationId, 'rollout');
    const now = ports.now();
    await ports.registry.batch([
      settleTargets(ports.registry, held.id, now),
      renewRollout(ports.registry, held, now),
    ]);
    if (outcome.finished) return 'ended';
    // What is left is taken up by the next call, or by the reconciler.
    if (outcome.availableAt >= until) return 'left';
    await ports.wait(Math.max(0, outcome.availableAt - now));
  }
}

/** The id of the upgrade that was begun; null where it could not. */
async function begin(
  ports: RolloutDriverPorts,
  held: HeldRollout,
  target: RolloutTargetRow,
): Promise<string | null> {
  const { registry, newId } = ports;
  const now = ports.now();
  const { account_id: accountId, to_release_id, from_release_id } = target;
  const operation = newOperation({ id: newId(), kind: 'upgrade', accountId, now });
  const began = await beginOperation(registry, {
    operation: { ...operation, account_id: accountId },
    input: { release_id: to_release_id },
    event: {
      ...{ id: newId(), at: now, actor: 'rollout', action: 'upgrade.began', requestId: null },
      ...{ targetKind: 'account', targetId: accountId, before: { release_id: from_release_id } },
      after: { release_id: to_release_id, rollout_id: held.id, operation_id: operation.id },
    },
    condition: mayBegin(held, target),
    alongside: (begun) => [
      targetBegan(registry, held, target, { operationId: operation.id, now }, begun),
      renewRollout(registry, held, now, begun),
    ],
  });
  return began ? operation.id : null;
}
