const QUOTA_CALLS = 1_200;
const WINDOW_MS = 5 * 60_000;

/**
 * Cloudflare's quota from the outside: the most calls that any five minutes saw, both ends counted. A fixed window,
 * wherever it is aligned, is one of them.
 */
export class QuotaModel {
  readonly #recent: number[] = [];
  #most = 0;
  #calls = 0;
  #last = 0;

  /** A call arrives. In the order of time. */
  count(at: number): void {
    if (at < this.#last) throw new RangeError('Calls are counted in the order of time.');
    this.#last = at;
    this.#calls += 1;
    this.#recent.push(at);
    while ((this.#recent[0] ?? at) < at - WINDOW_MS) this.#recent.shift();
    this.#most = Math.max(this.#most, this.#recent.length);
  }

  get most(): number {
    return this.#most;
  }
  get calls(): number {
    return this.#calls;
  }
  get exceeded(): boolean {
    return this.#most > QUOTA_CALLS;
  }
}
