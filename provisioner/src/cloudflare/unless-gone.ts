import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';

/** What the call answers, or null where what it asks for is not there. Any other error is thrown on. */
export async function unlessGone<Answer>(call: Promise<Answer>): Promise<Answer | null> {
  try {
    return await call;
  } catch (thrown) {
    if (asPlatformError(thrown).code === 'CLOUDFLARE_NOT_FOUND') return null;
    throw thrown;
  }
}
