interface Happening {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** When the simulation begins. Any time would do. */
export const START = 1_800_000_000_000;

/**
 * A clock that only moves when nothing can happen any more at its present time. One thing happens at a time, and
 * everything that follows from it without a wait has happened before the next does.
 */
export class VirtualTime {
  #now = START;
  #order = 0;
  #outside = 0;
  #coming: Happening[] = [];

  readonly now = (): number => this.#now;

  after(delayMs: number, happen: () => void): void {
    this.#order += 1;
    const happening = { at: this.#now + Math.round(delayMs), order: this.#order, happen };
    const later = this.#coming.findIndex(({ at }) => at > happening.at);
    this.#coming.splice(later === -1 ? this.#coming.length : later, 0, happening);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Something that takes real time and no virtual time: the clock waits for it. */
  async outside<Result>(work: Promise<Result>): Promise<Result> {
    this.#outside += 1;
    try {
      return await work;
    } finally {
      this.#outside -= 1;
    }
  }

  /** Lets the next thing happen, with all that follows from it. False where nothing will. */
  async step(): Promise<boolean> {
    await this.#settle();
    const next = this.#coming.shift();
    if (!next) return false;
    this.#now = next.at;
    next.happen();
    await this.#settle();
    return true;
  }

  async #settle(): Promise<void> {
    do await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#outside > 0);
  }
}
