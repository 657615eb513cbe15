import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Platform } from '../platform.ts';

/** `GET /health`: 200 `{status: "ok"}` where the registry answers. Error: `REGISTRY_UNAVAILABLE`. */
export async function answerHealth(platform: Platform): Promise<Response> {
  try {
    await platform.env.REGISTRY.prepare('SELECT 1').run();
  } catch (cause) {
    throw new PlatformError('REGISTRY_UNAVAILABLE', { cause });
  }
  return Response.json({ status: 'ok' });
}
