import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { bundleWorker } from '#test/support/bundle.ts';
import type { BenchTokens } from './bench-tokens.ts';
import type { EmptyWorker } from './prepare-database.ts';

/** A Worker of ours with a D1, in a workerd process of its own that listens on loopback. */
export interface ServedWorker extends EmptyWorker, AsyncDisposable {
  readonly origin: string;
}

export async function serveWorker(
  entry: string,
  stackId: string,
  tokens: BenchTokens,
): Promise<ServedWorker> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'served',
      modules: await bundleWorker(entry),
      compatibilityDate: '2026-11-01',
      bindings: tokens.bindings(stackId),
      d1Databases: ['DB'],
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    }),
  );
  const { origin } = await miniflare.unsafeGetDirectURL('served');
  return {
    origin,
    database: await miniflare.getD1Database('DB'),
    async sendControl(method, path, body) {
      const authorization = `Bearer ${await tokens.control(stackId)}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await fetch(`${origin}${path}`, { method, headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
