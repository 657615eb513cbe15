/** What ends what: quoted texts and names, and comments. A doubled quote ends one and begins the next, to the same effect. */
const CLOSED_BY: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  '`': '`',
  '[': ']',
  '--': '\n',
  '/*': '*/',
};
const OPENING = /['"`[;]|--|\/\*/g;
const TRIGGER = /^\s*CREATE\s+(TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;
/** More than the words of a statement's begin that are looked at, and the space between them. */
const BEGIN_LENGTH = 100;
const COMMENTS = /--[^\n]*\n|\/\*[\s\S]*?\*\//g;

/**
 * Parts SQL that comes in pieces into its statements, each with its semicolon and without space around it. No more than one
 * statement is kept. Every character is looked at once, however the pieces fall.
 */
export class StatementSplitter {
  #text = '';
  /** Where the statement begins, and within a trigger the part of it after the last semicolon. */
  #start = 0;
  #partStart = 0;
  #position = 0;
  /** What ends the quotation or comment at the position; null outside of them. */
  #until: string | null = null;

  /** The statements that are whole with this piece. */
  push(piece: string): string[] {
    this.#text = this.#text.slice(this.#start) + piece;
    this.#position -= this.#start;
    this.#partStart -= this.#start;
    this.#start = 0;
    const whole: string[] = [];
    while (this.#advance()) {
      if (this.#endsStatement()) {
        whole.push(this.#text.slice(this.#start, this.#position).trim());
        this.#start = this.#position;
      }
      this.#partStart = this.#position;
    }
    return whole;
  }

  /** What came after the last semicolon; '' where nothing did. */
  rest(): string {
    return this.#text.slice(this.#start).trim();
  }

  /** Goes on to behind the next semicolon that stands for itself; false where what came so far has none. */
  #advance(): boolean {
    for (;;) {
      if (this.#until !== null && !this.#leave(this.#until)) return false;
      OPENING.lastIndex = this.#position;
      const found = OPENING.exec(this.#text);
      if (found === null) {
        // The last character may be half of a comment's begin.
        this.#position = Math.max(this.#position, this.#text.length - 1);
        return false;
      }
      this.#position = OPENING.lastIndex;
      if (found[0] === ';') return true;
      this.#until = CLOSED_BY[found[0]] ?? null;
    }
  }

  #leave(until: string): boolean {
    const end = this.#text.indexOf(until, this.#position);
    if (end === -1) {
      this.#position = Math.max(this.#position, this.#text.length - until.length + 1);
      return false;
    }
    this.#position = end + until.length;
    this.#until = null;
    return true;
  }

  /** A trigger ends where nothing but END stands between two semicolons. */
  #endsStatement(): boolean {
    if (!TRIGGER.test(this.#text.slice(this.#start, this.#start + BEGIN_LENGTH))) return true;
    const part = this.#text.slice(this.#partStart, this.#position - 1).replace(COMMENTS, ' ');
    return part.trim().toUpperCase() === 'END';
  }
}

/** The statements of an SQL file, one at a time. */
export async function* statementsOf(file: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const splitter = new StatementSplitter();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const bytes of file) yield* splitter.push(decoder.decode(bytes, { stream: true }));
  yield* splitter.push(decoder.decode());
  const rest = splitter.rest();
  if (rest !== '') yield `${rest};`;
}
