import { type Request, Response } from 'miniflare';
import * as z from 'zod';
import type { HostedWorker } from './local-cloud-options.ts';

const secretSchema = z.object({ worker: z.string(), name: z.string(), text: z.string() });

/** Hands a secret that the API was given to whoever hosts the Worker. One that nobody takes answers 404. */
export function secretService(workers: readonly HostedWorker[]): (request: Request) => Promise<Response> {
  return async (request) => {
    const { worker, name, text } = secretSchema.parse(await request.json());
    const onSecret = workers.find((hosted) => hosted.name === worker)?.onSecret;
    if (onSecret === undefined) return new Response(null, { status: 404 });
    await onSecret(name, text);
    return new Response(null, { status: 204 });
  };
}
