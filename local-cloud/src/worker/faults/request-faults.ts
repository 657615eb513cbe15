import type { Env } from '../env.ts';
import type { Fault } from './fault-plan.ts';
import type { FaultRule } from './fault-rule.ts';
import { faultsOf } from './faults.ts';

const metBy = new WeakMap<Request, Fault[]>();

/** Notes which faults a request meets, for those that only its handler can bring about. */
export function noteFaults(request: Request, met: Fault[]): void {
  if (met.length > 0) metBy.set(request, met);
}

/** The instant, in ISO 8601, after which nothing that was made may be in this list. Later than all, usually. */
export function listAsOf(env: Env, request: Request): string {
  const lag = metFault(request, 'lag');
  if (lag === undefined) return '9999-12-31T23:59:59.999Z';
  const at = lag.rule.ms === undefined ? lag.created_at : nowOf(env) - lag.rule.ms;
  return new Date(at).toISOString();
}

/** Whether what this request deletes still answers, now and whenever it is asked again; undefined: not even now. */
export function lingersWhile(env: Env, request: Request): (() => boolean) | undefined {
  const linger = metFault(request, 'linger');
  if (linger === undefined) return undefined;
  const { ms } = linger.rule;
  const until = ms === undefined ? Number.POSITIVE_INFINITY : nowOf(env) + ms;
  return () => !linger.fault.released && !linger.fault.removed && nowOf(env) < until;
}

/** When the hostname that this request makes is found verified: milliseconds since the Unix epoch, null until told. */
export function verifiedAt(env: Env, request: Request): number | null {
  const unverified = metFault(request, 'unverified');
  if (unverified === undefined) return nowOf(env);
  return unverified.rule.ms === undefined ? null : nowOf(env) + unverified.rule.ms;
}

/** The cloud's clock: milliseconds since the Unix epoch, and as far ahead as tests moved it. */
export function nowOf(env: Env): number {
  return faultsOf(env)?.now() ?? Date.now();
}

function metFault<Kind extends FaultRule['kind']>(request: Request, kind: Kind) {
  for (const fault of metBy.get(request) ?? []) {
    // A comparison of two unions does not narrow the one.
    if (fault.rule.kind === kind)
      return { fault, created_at: fault.created_at, rule: fault.rule as Extract<FaultRule, { kind: Kind }> };
  }
  return undefined;
}
