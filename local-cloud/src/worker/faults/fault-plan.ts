import type { Call } from './call.ts';
import type { FaultRule } from './fault-rule.ts';

/** A fault that was asked for. */
export interface Fault {
  id: string;
  rule: FaultRule;
  /** Milliseconds since the Unix epoch. */
  created_at: number;
  /** Calls that met it. */
  met: number;
  /** What holds goes on. */
  released: boolean;
  /** What holds is abandoned; what lags or lingers ends. */
  removed: boolean;
}

interface Planned extends Fault {
  matches: (call: Call) => boolean;
  matched: number;
}

/** The faults in force. A call meets all that match it, in the order they were asked for. */
export class FaultPlan {
  #faults: Planned[] = [];
  #lastId = 0;

  add(rule: FaultRule, now: number): Fault {
    this.#lastId += 1;
    const flags = { released: false, removed: false };
    const counts = { matched: 0, met: 0 };
    const fault = {
      id: String(this.#lastId),
      rule,
      created_at: now,
      ...counts,
      ...flags,
      matches: matcher(rule),
    };
    this.#faults.push(fault);
    return fault;
  }

  /** The faults that this call meets. Each of them counts it. */
  take(call: Call): Fault[] {
    return this.#faults.filter((fault) => {
      if (fault.released || !fault.matches(call)) return false;
      fault.matched += 1;
      const { skip, count } = fault.rule;
      if (fault.matched <= skip || (count !== null && fault.met >= count)) return false;
      fault.met += 1;
      return true;
    });
  }

  find(id: string): Fault | undefined {
    return this.#faults.find((fault) => fault.id === id);
  }

  list(): Fault[] {
    return this.#faults;
  }

  remove(fault: Fault): void {
    fault.removed = true;
    this.#faults = this.#faults.filter((other) => other !== fault);
  }
}

function matcher({ on, method, path, script }: FaultRule): (call: Call) => boolean {
  const ofPath = path === undefined ? undefined : new URLPattern({ pathname: path });
  const ofScript = script === undefined ? undefined : new URLPattern({ pathname: `/${script}` });
  return (call) =>
    (on === undefined || on === call.on) &&
    (method === undefined || method === call.method) &&
    (ofPath?.test({ pathname: call.path }) ?? true) &&
    (ofScript === undefined || (call.script !== null && ofScript.test({ pathname: `/${call.script}` })));
}
