/** What a command reads, and how it reads on a screen. */
export interface View<Answer> {
  readonly read: () => Promise<Answer>;
  readonly lines: (answer: Answer) => readonly string[];
  /** What of an answer makes it another one. Default: all of it. */
  readonly essence?: (answer: Answer) => unknown;
}
