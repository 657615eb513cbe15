import { join } from 'node:path';
import * as z from 'zod';
import { bundleForNode } from '../bundle.ts';

const ENTRY = join(import.meta.dirname, '../../../account-worker-template/src/index.ts');

const workerSchema = z.looseObject({
  default: z.looseObject({ routes: z.array(z.looseObject({ method: z.string(), path: z.string() })) }),
});

/** A route as a router has it, `GET /clients/:id`, in the words of a document: `GET /clients/{id}`. */
export function inWords({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;
}

/** Whatever the account Worker's router has, described or not; what stands before all routes of a path left out. */
export async function routesOfAccountWorker(): Promise<string[]> {
  const text = await bundleForNode(ENTRY);
  const bundle: unknown = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  return mounted(workerSchema.parse(bundle).default.routes);
}

/** The same of a router that is at hand. */
export function mounted(routes: readonly { readonly method: string; readonly path: string }[]): string[] {
  return routes.filter(({ method }) => method !== 'ALL').map(inWords);
}
