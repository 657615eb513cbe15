import type { SurveyedStack } from '../registry/surveyed-stacks.ts';

/** How many stacks in doubt one survey looks at, at most. */
export const LOOKS_IN_DOUBT = 20;

/** How many others it looks at besides, each time the next ones: bindings and health are in no list. */
export const LOOKS_IN_TURN = 40;

/** How many stacks one slice of a whole audit looks at, at most. */
export const LOOKS_PER_SLICE = 200;

export interface LookOptions {
  /** By id. */
  readonly settled: readonly SurveyedStack[];
  readonly inDoubt: (stack: SurveyedStack) => boolean;
  /** When a finding of the stack was seen last; undefined where none is open. */
  readonly lastSeenAt: (stack: SurveyedStack) => number | undefined;
  /** The stack up to which the looks in turn have come. */
  readonly lookedUpTo: string;
}

/**
 * The stacks to look at now: those in doubt, the longest unseen of them first, so that any number of them gets its turn;
 * then the next in turn, from the first again after the last.
 */
export function chooseLooks({ settled, inDoubt, lastSeenAt, lookedUpTo }: LookOptions) {
  const doubtful = settled
    .filter(inDoubt)
    .sort((one, other) => (lastSeenAt(one) ?? 0) - (lastSeenAt(other) ?? 0))
    .slice(0, LOOKS_IN_DOUBT);
  const chosen = new Set(doubtful);
  const start = settled.findIndex(({ id }) => id > lookedUpTo);
  const after = start === -1 ? settled : [...settled.slice(start), ...settled.slice(0, start)];
  const inTurn = after.slice(0, LOOKS_IN_TURN);
  for (const stack of inTurn) chosen.add(stack);
  return { chosen: [...chosen], inTurn };
}

/** The stacks of the next slice of a whole audit, by id, and whether others come after them. */
export function nextSlice(settled: readonly SurveyedStack[], after: string) {
  const rest = settled.filter(({ id }) => id > after);
  return { chosen: rest.slice(0, LOOKS_PER_SLICE), isLast: rest.length <= LOOKS_PER_SLICE };
}
