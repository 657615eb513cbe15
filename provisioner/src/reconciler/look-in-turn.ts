import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { SurveyPorts } from './survey-ports.ts';

/** For how long a survey looks at single things, waits for API calls included: 3 minutes. What is left waits for the next. */
export const LOOK_FOR_MS = 3 * 60_000;

/** The fleet's lane gives its tokens by slots of 5 seconds: whoever found none waits for one of the next. */
const LONGEST_WAIT_MS = 15_000;

const NO_CALLS_LEFT: ReadonlySet<ErrorCode> = new Set(['API_BUDGET_EXHAUSTED', 'CLOUDFLARE_RATE_LIMITED']);

export interface Looks<Thing, Seen> {
  /** What was seen of each thing, in the order given. */
  readonly seen: ReadonlyMap<Thing, Seen>;
  /** What did not answer as it should. What is in neither had no turn. */
  readonly passedOver: readonly Thing[];
}

/** Looks at one thing after the other, for as long as there are API calls and time. */
export async function lookInTurn<Thing, Seen>(
  things: readonly Thing[],
  look: (thing: Thing) => Promise<Seen>,
  { now, wait, log }: Pick<SurveyPorts, 'now' | 'wait' | 'log'>,
  forMs = LOOK_FOR_MS,
): Promise<Looks<Thing, Seen>> {
  const deadline = now() + forMs;
  const seen = new Map<Thing, Seen>();
  const passedOver: Thing[] = [];
  for (const thing of things) {
    if (now() > deadline) break;
    try {
      seen.set(thing, await withTokens(() => look(thing), deadline, { now, wait }));
    } catch (thrown) {
      if (!(thrown instanceof PlatformError)) throw thrown;
      // The budget is spent at the end of every slice: what is left over is told by the report.
      if (thrown.code !== 'API_BUDGET_EXHAUSTED') {
        log({ event: 'look-failed', code: thrown.code, context: thrown.context });
      }
      if (NO_CALLS_LEFT.has(thrown.code)) break;
      passedOver.push(thing);
    }
  }
  return { seen, passedOver };
}

/** Calls again after the wait that the budget names, as long as the deadline is ahead. */
export async function withTokens<Seen>(
  call: () => Promise<Seen>,
  deadline: number,
  { now, wait }: Pick<SurveyPorts, 'now' | 'wait'>,
): Promise<Seen> {
  for (;;) {
    try {
      return await call();
    } catch (thrown) {
      if (!(thrown instanceof PlatformError) || thrown.code !== 'API_BUDGET_EXHAUSTED') throw thrown;
      const { retryAfterMs = LONGEST_WAIT_MS } = thrown;
      if (retryAfterMs > LONGEST_WAIT_MS || now() + retryAfterMs > deadline) throw thrown;
      await wait(retryAfterMs);
    }
  }
}
