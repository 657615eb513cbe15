import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { bundleModule } from '#test/support/account-worker.ts';

/** A Worker of ours with a D1, in a workerd process of its own that listens on loopback. */
export interface ServedWorker extends AsyncDisposable {
  readonly origin: string;
  readonly database: D1Database;
}

export async function serveWorker(entry: string, bindings: Record<string, string>): Promise<ServedWorker> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'served',
      modules: true,
      script: await bundleModule(entry),
      compatibilityDate: '2026-11-01',
      bindings,
      d1Databases: ['DB'],
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    }),
  );
  const { origin } = await miniflare.unsafeGetDirectURL('served');
  return {
    origin,
    database: await miniflare.getD1Database('DB'),
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}
