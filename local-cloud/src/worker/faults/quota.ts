import type { QuotaOptions } from './fault-rule.ts';

/**
 * Counts calls over a window that slides; the call past the limit, and every one for a window's length after it, is
 * refused. Refused calls count no further.
 */
export class Quota {
  readonly options: QuotaOptions;
  #calls: number[] = [];
  #blockedUntil = 0;

  constructor(options: QuotaOptions) {
    this.options = options;
  }

  /** Counts a call at `now`. Answers how long calls are refused, in milliseconds; 0 is this one may pass. */
  take(now: number): number {
    const { limit, window_ms } = this.options;
    if (now < this.#blockedUntil) return this.#blockedUntil - now;
    const oldest = this.#calls.findIndex((at) => at > now - window_ms);
    this.#calls = oldest === -1 ? [] : this.#calls.slice(oldest);
    if (this.#calls.length >= limit) {
      this.#blockedUntil = now + window_ms;
      this.#calls = [];
      return window_ms;
    }
    this.#calls.push(now);
    return 0;
  }

  /** The rate limiting headers of an answer, in Cloudflare's form (as of {@link QuotaOptions}). */
  headers(now: number, refusedForMs: number): Record<string, string> {
    const { limit, window_ms } = this.options;
    const resetMs = refusedForMs > 0 ? refusedForMs : (this.#calls[0] ?? now) + window_ms - now;
    const left = refusedForMs > 0 ? 0 : limit - this.#calls.length;
    return {
      ratelimit: `"default";r=${left};t=${seconds(resetMs)}`,
      'ratelimit-policy': `"default";q=${limit};w=${seconds(window_ms)}`,
      ...(refusedForMs > 0 && { 'retry-after': String(seconds(refusedForMs)) }),
    };
  }
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
