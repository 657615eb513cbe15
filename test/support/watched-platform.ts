import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { buildWorker, PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { readReleaseBundle } from '#provisioner/cli/build/read-release-bundle.ts';
import { workerConfigPath } from '#provisioner/cli/build/worker-config.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { ensureLocalSecrets } from '#provisioner/cli/local/local-state.ts';
import { migrateRegistry } from '#provisioner/cli/local/migrate-registry.ts';
import { freePorts } from './free-ports.ts';
import { send } from './send.ts';

const PLATFORM = 'freehold-platform';

/** What becomes of a call on its way: through; never arrived; arrived, but the reply is lost; refused with a status. */
export type Fate =
  | 'through'
  | 'never-sent'
  | 'reply-lost'
  | { readonly status: number; readonly headers?: object };

/** The platform as it is started everywhere, with every call it makes to the Cloudflare API passing through here. */
export class WatchedPlatform {
  readonly instance: LocalInstance;
  /** `<method> <path under the account>` of each call, in order. */
  readonly calls: string[] = [];
  /** Decides what becomes of a call. */
  fate: (call: string) => Fate = () => 'through';
  readonly #stop: () => Promise<void>;

  private constructor(instance: LocalInstance, stop: () => Promise<void>) {
    this.instance = instance;
    this.#stop = stop;
  }

  static async start(): Promise<WatchedPlatform> {
    const dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
    const port = await freePorts(3);
    const secrets = await ensureLocalSecrets(dataDir);
    const buildsDir = join(PROJECT_DIR, '.freehold', 'builds');
    const bundleDir = await buildWorker('platform-worker', buildsDir);
    const { cloudflare_account_id, cloudflare_api_token, admin_token } = secrets;
    const cloud = await startLocalCloud({
      ...{ dataDir: join(dataDir, 'cloud'), apiPort: port + 1, cronEveryMs: 5_000, databaseSlots: 20 },
      spareDatabaseSlots: 5,
      accountId: cloudflare_account_id,
      apiToken: cloudflare_api_token,
      workers: [
        {
          ...{ name: PLATFORM, port, bundleDir, configPath: workerConfigPath('platform-worker') },
          vars: {
            ...{ PLATFORM_URL: `http://localhost:${port}`, PLATFORM_DOMAIN: 'localhost' },
            ...{ ACCOUNT_ADDRESS_FORM: 'path', SIGNING_KEYS: secrets.signing_keys },
            CLOUDFLARE_API_URL: `http://127.0.0.1:${port + 2}/client/v4`,
            CLOUDFLARE_ACCOUNT_ID: cloudflare_account_id,
            CLOUDFLARE_API_TOKEN: cloudflare_api_token,
            ADMIN_TOKEN_SHA256: createHash('sha256').update(admin_token).digest('hex'),
          },
          rateLimits: { SIGNUP_LIMIT: { limit: 10_000, period: 60 } },
        },
      ],
    });
    const instance = {
      ...{ url: `http://localhost:${port}`, cloudflare_api_url: cloud.apiUrl },
      ...{ admin_token, cloudflare_account_id, cloudflare_api_token },
    };
    const server = createServer((incoming, outgoing) => platform.#pass(incoming, outgoing));
    const platform = new WatchedPlatform(instance, async () => {
      await cloud.stop();
      server.closeAllConnections();
      server.close();
      await rm(dataDir, { recursive: true, force: true });
    });
    await once(server.listen(port + 2, '127.0.0.1'), 'listening');
    await migrateRegistry(instance);
    const json = await readReleaseBundle(await buildWorker('account-worker-template', buildsDir));
    await send(`${instance.url}/admin/releases`, { method: 'POST', json, token: admin_token });
    return platform;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const path = incoming.url?.replace(/^\/client\/v4\/accounts\/[^/]+/, '').replace(/\?.*$/, '') ?? '';
    const call = `${incoming.method} ${path}`;
    this.calls.push(call);
    const fate = this.fate(call);
    if (fate === 'never-sent') {
      outgoing.destroy();
    } else if (typeof fate === 'object') {
      incoming.resume();
      outgoing.writeHead(fate.status, { 'content-type': 'application/json', ...fate.headers });
      const errors = [{ code: 10_000, message: 'Not now.' }];
      outgoing.end(JSON.stringify({ success: false, errors, messages: [], result: null }));
    } else {
      this.#forward(incoming, outgoing, fate === 'reply-lost');
    }
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse, loseReply: boolean): void {
    const target = new URL(this.instance.cloudflare_api_url);
    const { method = 'GET', url = '/', headers } = incoming;
    const onwards = request(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (reply) => {
        if (loseReply) {
          reply.resume().on('end', () => outgoing.destroy());
        } else {
          outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
          reply.pipe(outgoing);
        }
      },
    );
    onwards.on('error', () => outgoing.destroy());
    incoming.pipe(onwards);
  }
}
