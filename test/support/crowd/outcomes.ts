/** What the requests of a crowd came to. */
export class Outcomes {
  readonly #failures: Record<string, number> = {};
  readonly #latencies: number[] = [];

  /** Counts a request that was answered as it should be, after so many milliseconds. */
  succeeded(latency: number): void {
    this.#latencies.push(latency);
  }

  /** Counts a failure under its name: which request, which status and code. */
  failed(failure: string): void {
    this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
  }

  get successes(): number {
    return this.#latencies.length;
  }

  /** How often each failure was met, by its name. */
  get failures(): Readonly<Record<string, number>> {
    return this.#failures;
  }

  /** The milliseconds within which this share of the requests was answered. */
  percentile(share: number): number {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return Math.round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  }
}
