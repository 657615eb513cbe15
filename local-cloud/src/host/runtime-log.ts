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

/**
 * How the dispatcher tells its caller of a missing script and of a connection that a fault drops (who does not catch it
 * has it logged with a stack), and what the runtime says when a fault drops a client's.
 */
const EXPECTED =
  /^(Uncaught exception: .*(Worker not found|Network connection lost)\.|HTTP connection failed: the handler sent no response)$/;

/** Writes what Workers log, uncaught exceptions included, to stderr. */
export function writeWorkerLog({ level, message }: { level: string; message: string }): void {
  if (level === 'error' && EXPECTED.test(message)) return;
  process.stderr.write(`${message}\n`);
}
