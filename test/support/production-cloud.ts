import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { freePorts } from './free-ports.ts';
import { type CommandOutcome, freehold } from './freehold.ts';
import { copyProject } from './project-copy.ts';

const ACCOUNT = { accountId: 'c0000000000000000000000000000001', apiToken: 'the-operators-token' };
const ZONE = { id: '0123456789abcdef0123456789abcdef', name: 'law.dev' };
const OTHER_ZONE = { id: '1123456789abcdef0123456789abcdef', name: 'other.dev' };

export type ProductionCloud = Awaited<ReturnType<typeof startProductionCloud>>;

/** An empty Cloudflare account with two zones, and the command that makes production of it, with a pool of two. */
export async function startProductionCloud() {
  const project = await copyProject();
  // The API budget gives a full pool half a minute, and nothing here is about how many there are.
  await project.replace('platform-worker/wrangler.jsonc', String.raw`{\"eu\": 20}`, String.raw`{\"eu\": 2}`);
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-production-'));
  const port = await freePorts(1);
  const cloud = await startLocalCloud({
    ...{
      ...ACCOUNT,
      dataDir,
      apiPort: 0,
      databaseSlots: 60,
      spareDatabaseSlots: 0,
      zones: [ZONE, OTHER_ZONE],
      faults: {},
    },
    // As production's, which comes every minute, but sooner.
    cronEveryMs: 3_000,
    deployed: [{ name: 'freehold-platform', port }],
  });
  const url = `http://localhost:${port}`;
  const env = {
    CLOUDFLARE_API_BASE_URL: cloud.apiUrl,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT.accountId,
    CLOUDFLARE_API_TOKEN: ACCOUNT.apiToken,
    FREEHOLD_PLATFORM_API_TOKEN: ACCOUNT.apiToken,
  };
  const instance: LocalInstance = {
    ...{ url, admin_token: '', cloudflare_api_url: cloud.apiUrl },
    ...{ cloudflare_account_id: ACCOUNT.accountId, cloudflare_api_token: ACCOUNT.apiToken },
  };
  return {
    ...{ cloud, url, env, project, domain: ZONE.name, zoneId: ZONE.id },
    /** The platform that is deployed here. Its admin token is shown by the first run. */
    instance,
    control: new CloudControl(cloud, ACCOUNT),
    /** Types `freehold bootstrap` with these further words. */
    bootstrap(words = '', more: Readonly<Record<string, string>> = {}): Promise<CommandOutcome> {
      const args = ['bootstrap', '--domain', ZONE.name, '--url', url, ...words.split(' ').filter(Boolean)];
      return freehold(args, { env: { ...env, ...more }, project: project.folder });
    },
    /** The result of a call of the Cloudflare API, below the account or, for a path in `//`, below the root. */
    api<Result>(method: string, path: string, body?: unknown, headers = {}): Promise<Result> {
      return call<Result>(cloud.apiUrl, path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
    },
    async upload(path: string, form: FormData): Promise<void> {
      await call(cloud.apiUrl, path, { method: 'PUT', body: form });
    },
    async stop(): Promise<void> {
      await cloud.stop();
      await project[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function call<Result>(apiUrl: string, path: string, init: RequestInit): Promise<Result> {
  const where = path.startsWith('//') ? path.slice(1) : `/accounts/${ACCOUNT.accountId}${path}`;
  const headers = { authorization: `Bearer ${ACCOUNT.apiToken}`, ...init.headers };
  const response = await fetch(`${apiUrl}${where}`, { ...init, headers });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${init.method} ${path} was answered ${response.status}: ${answer}`);
  return (JSON.parse(answer) as { result: Result }).result; // Cloudflare's envelope
}
