import { Client, type Dispatcher } from 'undici';

export interface LoadTarget {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface LoadOptions {
  /** Keep-alive connections, each with one request at a time. */
  readonly connections: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Sends the same GET over and over and measures each answer. Any answer but 200 stops the measurement. */
export async function measureLoad(target: LoadTarget, options: LoadOptions): Promise<LoadResult> {
  const started = performance.now();
  const until = started + options.durationMs;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const client = new Client(target.origin);
      try {
        while (performance.now() < until) latencies.push(await measureOne(client, target));
      } finally {
        await client.close();
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

async function measureOne(client: Client, { path, headers }: LoadTarget): Promise<number> {
  const started = performance.now();
  const request: Dispatcher.RequestOptions = { method: 'GET', path, headers: { ...headers } };
  const { statusCode, body } = await client.request(request);
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`GET ${path} answered ${statusCode}: ${text}`);
  return performance.now() - started;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
