import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CustomHostnames } from 'cloudflare/resources/custom-hostnames';
import { Database } from 'cloudflare/resources/d1/database';
import { Namespaces } from 'cloudflare/resources/workers-for-platforms/dispatch/namespaces';
import { Zones } from 'cloudflare/resources/zones';
import { createClient } from 'cloudflare/tree-shakable';
import type { LocalCloud, LocalCloudOptions } from '../local-cloud-options.ts';
import { startLocalCloud } from '../start-local-cloud.ts';
import { writePlatform } from './platform-fixture.ts';

/** The account and token of every test cloud. */
export const ACCOUNT = { accountId: 'a0000000000000000000000000000001', apiToken: 'test-token' };

/** The zones of every test cloud; the platform fixture serves the first. */
export const ZONES = [
  { id: '0123456789abcdef0123456789abcdef', name: 'platform.dev' },
  { id: 'fedcba9876543210fedcba9876543210', name: 'other.dev' },
] as const;

/** A new folder for one test, and its removal. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'local-cloud-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The options a test cloud is started with: free ports, few slots, the platform fixture. */
export async function testOptions(folder: string): Promise<LocalCloudOptions> {
  return {
    ...ACCOUNT,
    dataDir: join(folder, 'data'),
    apiPort: 0,
    databaseSlots: 20,
    spareDatabaseSlots: 0,
    dispatchNamespaces: ['other'],
    zones: [...ZONES],
    workers: [{ ...(await writePlatform(join(folder, 'platform'))), zone: ZONES[0].id }],
  };
}

/** A running cloud on a folder of its own. `stop` ends it and removes the folder. */
export async function startTestCloud(options: Partial<LocalCloudOptions> = {}): Promise<TestCloud> {
  const folder = await temporaryFolder();
  const cloud = await startLocalCloud({ ...(await testOptions(folder.path)), ...options });
  return {
    ...cloud,
    folder: folder.path,
    async stop() {
      await cloud.stop();
      await folder.remove();
    },
  };
}

/** A local cloud and the folder it lies in. */
export type TestCloud = LocalCloud & { folder: string };

/** The official SDK, pointed at a local cloud. */
export function sdk({ apiUrl }: Pick<LocalCloud, 'apiUrl'>) {
  return createClient({
    resources: [CustomHostnames, Database, Namespaces, Zones],
    apiToken: ACCOUNT.apiToken,
    baseURL: apiUrl,
    maxRetries: 0,
  });
}

/** An answer of the API. */
export interface ApiAnswer {
  status: number;
  body: {
    success: boolean;
    errors: { code: number; message: string }[];
    messages: unknown[];
    result: unknown;
  };
}

/** Calls the API below `/accounts/<account>`, or below `/client/v4` for a path in `//`. */
export async function callApi(
  { apiUrl }: Pick<LocalCloud, 'apiUrl'>,
  method: string,
  path: string,
  body?: string | Blob | FormData,
  token = ACCOUNT.apiToken,
): Promise<ApiAnswer> {
  const url = path.startsWith('//')
    ? `${apiUrl}${path.slice(1)}`
    : `${apiUrl}/accounts/${ACCOUNT.accountId}${path}`;
  const response = await fetch(url, {
    method,
    body: body ?? null,
    headers: { authorization: `Bearer ${token}` },
  });
  // The envelope is what the tests are about: they assert its fields one by one.
  return { status: response.status, body: (await response.json()) as ApiAnswer['body'] };
}

/** The form of an upload with one module. */
export function uploadForm(source: string, metadata: Record<string, unknown> = {}): FormData {
  const form = new FormData();
  form.set(
    'metadata',
    JSON.stringify({ main_module: 'index.js', compatibility_date: '2026-11-01', ...metadata }),
  );
  form.set('index.js', new File([source], 'index.js', { type: 'application/javascript+module' }));
  return form;
}

/** Uploads a script into the namespace `tenants`. */
export async function upload(
  cloud: Pick<LocalCloud, 'apiUrl'>,
  name: string,
  source: string,
  metadata: Record<string, unknown> = {},
  query = '',
): Promise<ApiAnswer> {
  return await callApi(cloud, 'PUT', `${scriptPath(name)}${query}`, uploadForm(source, metadata));
}

/** The API path of a script in the namespace `tenants`. */
export function scriptPath(name: string): string {
  return `/workers/dispatch/namespaces/tenants/scripts/${name}`;
}

/** Calls a route of the platform fixture. */
export async function callPlatform(cloud: LocalCloud, path: string, init?: RequestInit): Promise<Response> {
  return await fetch(`${cloud.workers.platform?.url}${path}`, init);
}

/** What the platform answers for a script: status and text. */
export async function dispatch(cloud: LocalCloud, name: string): Promise<string> {
  return await (await callPlatform(cloud, `/dispatch/${name}`)).text();
}
