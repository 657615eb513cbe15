import { failureResponse } from '../api/envelope.ts';
import type { Call } from './call.ts';
import type { LoggedCall } from './call-log.ts';
import type { Fault } from './fault-plan.ts';
import type { Faults } from './faults.ts';
import { withinQuota } from './within-quota.ts';

/** How often a held call looks whether it may go on. */
const HOLD_POLL_MS = 5;

/** The caller is to see its connection end without an answer. */
export class ConnectionDropped extends Error {
  constructor() {
    // What the runtime itself says of it.
    super('Network connection lost.');
  }
}

/**
 * Logs a call and has it meet its faults, before and after `effect`, which is told of them. Throws
 * {@link ConnectionDropped} where a fault drops the connection.
 */
export async function underFaults(
  faults: Faults,
  call: Call,
  effect: (met: Fault[]) => Promise<Response>,
): Promise<Response> {
  const entry = faults.calls.begin(call, faults.now());
  try {
    const response = await withinQuota(faults, entry, () => meetFaults(faults, entry, effect));
    entry.status = response.status;
    return response;
  } finally {
    entry.state = 'done';
    entry.finished_at = faults.now();
  }
}

async function meetFaults(
  faults: Faults,
  entry: LoggedCall,
  effect: (met: Fault[]) => Promise<Response>,
): Promise<Response> {
  const met = faults.plan.take(entry);
  entry.faults.push(...met.map(({ rule }) => rule.kind));
  for (const fault of met) {
    const instead = await before(fault, entry);
    if (instead !== undefined) return instead;
  }
  const response = await effect(met);
  for (const fault of met) {
    const instead = await after(fault, entry, response);
    if (instead !== undefined) return instead;
  }
  return response;
}

async function before(fault: Fault, entry: LoggedCall): Promise<Response | undefined> {
  const { rule } = fault;
  if (rule.kind === 'drop-before') throw new ConnectionDropped();
  if (rule.kind === 'delay') await scheduler.wait(rule.ms);
  if (rule.kind === 'hold-before') await hold(fault, entry, 'held-before');
  return rule.kind === 'fail-before' ? failureResponse(rule) : undefined;
}

async function after(fault: Fault, entry: LoggedCall, response: Response): Promise<Response | undefined> {
  const { rule } = fault;
  if (rule.kind !== 'fail-after' && rule.kind !== 'drop-after' && rule.kind !== 'hold-after')
    return undefined;
  if (rule.kind === 'hold-after') {
    await hold(fault, entry, 'held-after');
    return undefined;
  }
  // A script that streams its answer has done all it does only when that was read.
  await response.arrayBuffer();
  if (rule.kind === 'drop-after') throw new ConnectionDropped();
  return failureResponse(rule);
}

async function hold(fault: Fault, entry: LoggedCall, state: LoggedCall['state']): Promise<void> {
  entry.state = state;
  while (!fault.released) {
    if (fault.removed) throw new ConnectionDropped();
    await scheduler.wait(HOLD_POLL_MS);
  }
  entry.state = 'running';
}
