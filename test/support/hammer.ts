import type { Answer } from './send.ts';

/** Sends the same request again and again, `atOnce` at any time, until told to stop. */
export class Hammer implements AsyncDisposable {
  /** When the last request was sent, and the last of those that were served, in milliseconds since the Unix epoch. */
  latest = 0;
  lastServed = 0;
  /** What was answered: `200`, or the code of the refusal. */
  readonly outcomes = new Set<string>();
  readonly #loops: Promise<void>[];
  #stopped = false;

  constructor(request: () => Promise<Answer>, atOnce = 2) {
    this.#loops = Array.from({ length: atOnce }, async () => {
      while (!this.#stopped) this.#note(Date.now(), await request());
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #note(began: number, { status, body, text }: Answer): void {
    this.latest = Math.max(this.latest, began);
    if (status === 200) this.lastServed = Math.max(this.lastServed, began);
    this.outcomes.add(status === 200 ? '200' : (Object(body).error?.code ?? text));
  }
}
