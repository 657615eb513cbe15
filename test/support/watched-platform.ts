import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { LocalPlatformOptions } from '#provisioner/cli/local/start-local-platform.ts';
import { CloudflareApiProxy } from './cloudflare-api-proxy.ts';
import { freePorts } from './free-ports.ts';
import { startTestPlatform } from './local-platform.ts';

/** A platform whose every call to the Cloudflare API passes through a proxy, which counts them and can fail them. */
export interface WatchedPlatform {
  readonly instance: LocalInstance;
  readonly proxy: CloudflareApiProxy;
  stop(): Promise<void>;
}

export async function startWatchedPlatform(
  options: Pick<LocalPlatformOptions, 'vars'> = {},
): Promise<WatchedPlatform> {
  const port = await freePorts(2);
  const proxy = await CloudflareApiProxy.start(`http://127.0.0.1:${port + 1}`);
  const { instance, stop } = await startTestPlatform({ port, cloudflareApiUrl: proxy.url, ...options });
  return {
    instance,
    proxy,
    async stop() {
      await stop();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
