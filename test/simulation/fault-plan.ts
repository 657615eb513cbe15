import { START } from './virtual-time.ts';

export type Outside = 'registry' | 'api' | 'worker' | 'storage';

/** What befalls one call: when it takes effect, when its answer comes, and what else goes wrong. Milliseconds. */
export interface CallPlan {
  readonly fault:
    | 'none'
    | 'fail-before'
    | 'fail-after'
    | 'lost-reply'
    | 'rate-limited'
    | 'refused'
    | 'crash-before'
    | 'crash-after';
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** No fault befalls anybody later than this: then everything must come to its end. */
export const FAULTS_END_AT = START + 15 * 60_000;

const LATENCY_MS: Readonly<Record<Outside, number>> = { registry: 20, api: 1_500, worker: 300, storage: 200 };

const FAULTS: Readonly<Record<Outside, readonly CallPlan['fault'][]>> = {
  registry: ['fail-before', 'lost-reply', 'crash-before', 'crash-after'],
  api: [
    'fail-before',
    'fail-after',
    'lost-reply',
    'lost-reply',
    'rate-limited',
    'crash-before',
    'crash-after',
  ],
  worker: ['fail-before', 'lost-reply', 'crash-before', 'crash-after'],
  storage: ['fail-before', 'lost-reply', 'crash-before', 'crash-after'],
};

/** The weather of one seed: how often calls fail, how often they or their drivers dawdle. */
export class FaultPlan {
  readonly #random: () => number;
  readonly #faultRate: number;
  readonly #slowRate: number;
  /** How long a list does not show what was just made. */
  readonly listLagMs: number;

  constructor(random: () => number) {
    this.#random = random;
    this.#faultRate = pick(random, [0, 0.03, 0.1, 0.25]);
    this.#slowRate = pick(random, [0, 0.02, 0.1]);
    this.listLagMs = pick(random, [0, 0, 2_000, 40_000]);
  }

  plan(outside: Outside, now: number): CallPlan {
    const beforeMs = this.#random() * LATENCY_MS[outside];
    const afterMs = this.#random() * LATENCY_MS[outside];
    if (now >= FAULTS_END_AT) return { fault: 'none', beforeMs, afterMs };
    const fault = this.#random() < this.#faultRate ? this.#fault(outside) : 'none';
    return { fault, beforeMs: beforeMs + this.#dawdleMs(), afterMs: afterMs + this.#dawdleMs() };
  }

  #fault(outside: Outside): CallPlan['fault'] {
    if (outside === 'api' && this.#random() < 0.02) return 'refused';
    return pick(this.#random, FAULTS[outside]);
  }

  /** Long enough to outlive a call's time and, now and then, a lease. */
  #dawdleMs(): number {
    return this.#random() < this.#slowRate ? this.#random() * 60_000 : 0;
  }
}

export function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('Nothing to pick from.');
  return item;
}
