import type { CliError } from '../cli-error.ts';
import type { View } from './view.ts';
import type { WatchFace } from './watch-view.ts';

const ENTER_OTHER_SCREEN = '\u001b[?1049h';
const LEAVE_OTHER_SCREEN = '\u001b[?1049l';
const TO_THE_TOP = '\u001b[H';
const ERASE_LINE = '\u001b[2K';
const ERASE_BELOW = '\u001b[J';

/** Rows that are not the view's: the heading, the empty one below it, and that of the cursor. */
const OTHER_ROWS = 3;

/** Of a terminal that does not tell its size. */
const DEFAULT_ROWS = 24;
const DEFAULT_COLUMNS = 80;

export interface Screen {
  /** 0 where the terminal does not tell. */
  readonly rows: number;
  readonly columns: number;
  write(text: string): unknown;
}

/**
 * Redraws the terminal, on its other screen as pagers do: when it is over, what stood there before stands there again, and
 * below it what was shown last.
 */
export class WatchScreen<Answer> implements WatchFace<Answer> {
  readonly #lines: View<Answer>['lines'];
  readonly #screen: Screen;
  readonly #now: () => number;
  #shown: readonly string[] = [];
  #shownAt = '';
  #isOpen = false;

  constructor({ lines }: Pick<View<Answer>, 'lines'>, screen: Screen, now: () => number = Date.now) {
    this.#lines = lines;
    this.#screen = screen;
    this.#now = now;
  }

  show(answer: Answer): void {
    this.#shown = this.#lines(answer);
    this.#shownAt = this.#time();
    this.#draw('every 2 s, Ctrl-C ends');
  }

  showAway(error: CliError): void {
    this.#draw(`${error.code}, trying again; below is what was so at ${this.#shownAt}`);
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#screen.write([LEAVE_OTHER_SCREEN, ...this.#shown.map((line) => `${line}\n`)].join(''));
  }

  #time(): string {
    return new Date(this.#now()).toISOString().slice(11, 19);
  }

  #draw(heading: string): void {
    const rows = this.#screen.rows || DEFAULT_ROWS;
    const columns = this.#screen.columns || DEFAULT_COLUMNS;
    const lines = [`${this.#time()} UTC, ${heading}`, '', ...clipped(this.#shown, rows - OTHER_ROWS)];
    const drawn = lines.map((line) => `${ERASE_LINE}${line.slice(0, columns)}\n`).join('');
    this.#screen.write(`${this.#isOpen ? '' : ENTER_OTHER_SCREEN}${TO_THE_TOP}${drawn}${ERASE_BELOW}`);
    this.#isOpen = true;
  }
}

/** The lines that have room, the last of them saying how many have none. */
function clipped(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, Math.max(0, rows - 1));
  return [...shown, `… ${lines.length - shown.length} more lines: narrow it down, or make the window higher`];
}
