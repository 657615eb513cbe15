import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { readStack, type Stack } from '../schema/read-stack.ts';

/**
 * The restored database as the source stack's, or as this one's where it was taken over before. Error: `STACK_IDENTITY_MISMATCH`
 * where it is neither's.
 */
export async function readSource(
  session: D1DatabaseSession,
  sourceStackId: string,
  stackId: string,
): Promise<Stack> {
  try {
    return await readStack(session, sourceStackId);
  } catch (thrown) {
    if (asPlatformError(thrown).code !== 'STACK_IDENTITY_MISMATCH') throw thrown;
    return readStack(session, stackId);
  }
}
