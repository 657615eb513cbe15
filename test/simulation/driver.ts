import type { RegistryGate } from '#test/support/sqlite-registry.ts';
import type { CallPlan, FaultPlan, Outside } from './fault-plan.ts';
import type { VirtualTime } from './virtual-time.ts';

const NEVER = new Promise<never>(() => undefined);

/** What the simulation is told of each call: once it takes effect, and where it is kept from it. */
export interface Witness {
  readonly saw: (driver: Driver, what: string, outcome: string) => void;
}

interface Call<Answer> {
  readonly outside: Outside;
  readonly what: string;
  readonly effect: () => Answer;
  /** What the caller meets where the other side answers with a failure instead. */
  readonly failure: (fault: CallPlan['fault']) => Answer;
}

/** A process that does the platform's work: it can die at any call, and then nothing of it goes on. */
export class Driver {
  readonly number: number;
  readonly name: string;
  #alive = true;
  #ids = 0;
  readonly #time: VirtualTime;
  readonly #faults: FaultPlan;
  readonly #witness: Witness;

  constructor(number: number, name: string, world: { time: VirtualTime; faults: FaultPlan } & Witness) {
    this.number = number;
    this.name = `${name}#${number}`;
    this.#time = world.time;
    this.#faults = world.faults;
    this.#witness = world;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What whoever started this driver does when it dies. */
  onDeath: () => void = () => undefined;

  /** UUIDs that tell who made them. */
  readonly newId = (): string => {
    this.#ids += 1;
    return `${this.idPrefix}-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  };

  get idPrefix(): string {
    return this.number.toString(16).padStart(8, '0');
  }

  readonly gate: RegistryGate = (statements, run) =>
    this.call({
      outside: 'registry',
      what: statements.map(({ sql }) => shorten(sql)).join('; '),
      effect: run,
      failure: () => {
        throw new Error('D1_ERROR: Network connection lost.');
      },
    });

  /** Makes a call on the outside and meets what the plan has for it. Of a dead driver's calls none happens or returns. */
  call<Answer>({ outside, what, effect, failure }: Call<Answer>) {
    if (!this.#alive) return NEVER;
    const { fault, beforeMs, afterMs } = this.#faults.plan(outside, this.#time.now());
    return new Promise<Answer>((resolve, reject) => {
      const settle = (answer: () => Answer) => {
        if (!this.#alive) return;
        try {
          resolve(answer());
        } catch (thrown) {
          reject(thrown);
        }
      };
      const lost = () => reject(new TypeError('The connection was lost.'));
      this.#time.after(beforeMs, () => {
        if (fault === 'crash-before') return this.#die(what, fault);
        const outcome = this.#takeEffect(fault, effect, failure);
        if (fault === 'crash-after') return this.#die(what, fault);
        this.#witness.saw(this, what, fault);
        this.#time.after(afterMs, () => (fault === 'lost-reply' ? this.#alive && lost() : settle(outcome)));
      });
    });
  }

  #takeEffect<Answer>(
    fault: CallPlan['fault'],
    effect: () => Answer,
    failure: (fault: CallPlan['fault']) => Answer,
  ): () => Answer {
    const fails = () => failure(fault);
    if (fault === 'fail-before' || fault === 'rate-limited' || fault === 'refused') return fails;
    try {
      const answer = effect();
      return fault === 'fail-after' ? fails : () => answer;
    } catch (thrown) {
      return () => {
        throw thrown;
      };
    }
  }

  #die(what: string, fault: string): void {
    this.#alive = false;
    this.#witness.saw(this, what, fault);
    this.onDeath();
  }
}

function shorten(sql: string): string {
  return sql.replace(/\s+/g, ' ').trim().slice(0, 44);
}
