import type { Platform } from '../platform.ts';

/** `GET /health`: 200 `{status: "ok"}` where the registry answers as routing asks it. Error: `REGISTRY_UNAVAILABLE`. */
export async function answerHealth(platform: Platform): Promise<Response> {
  await platform.env.REGISTRY.prepare('SELECT id FROM accounts LIMIT 1').run();
  return Response.json({ status: 'ok' });
}
