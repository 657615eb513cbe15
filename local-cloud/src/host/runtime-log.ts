import { Log, LogLevel } from 'miniflare';

/** Writes the runtime's warnings and errors to stderr. */
export class RuntimeLog extends Log {
  constructor() {
    super(LogLevel.WARN);
  }

  protected override log(message: string): void {
    process.stderr.write(`${message}\n`);
  }
}

/** Writes what Workers log, uncaught exceptions included, to stderr. */
export function writeWorkerLog({ level, message }: { level: string; message: string }): void {
  // That is how the dispatcher tells its caller; who does not catch it has it logged with a stack.
  if (level === 'error' && /^Uncaught exception: .*Worker not found\.$/.test(message)) return;
  process.stderr.write(`${message}\n`);
}
