import { PlatformError } from '../errors/platform-error.ts';

/**
 * The JSON that an account Worker answered, unchecked.
 *
 * Error: `STACK_UNHEALTHY` where it is none. Without its cause: that quotes the answer, and causes are logged.
 */
export async function answerJson(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new PlatformError('STACK_UNHEALTHY', { context: { status: answer.status } });
  }
}
