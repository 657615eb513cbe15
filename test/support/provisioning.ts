import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { v7 as uuidV7 } from 'uuid';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { ControlClient } from '#provisioner/account-worker/control-client.ts';
import { ApiBudget, type ApiCaller } from '#provisioner/api-budget/api-budget.ts';
import { adminFetch, budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { OPERATION_KINDS } from '#provisioner/operations/operation-kinds.ts';
import type { OperationPorts } from '#provisioner/operations/run-operation.ts';
import type { SurveyPorts } from '#provisioner/reconciler/survey-ports.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import { startRegistry } from './registry-database.ts';

const ACCOUNT_ID = '0123456789abcdef0123456789abcdef';
const API_TOKEN = 'token-of-this-test';
export const NAMESPACE = 'freehold';
export const RELEASE_ID = '0123456789abcdef';
const ISSUER = 'https://platform.test';

export interface Provisioning extends AsyncDisposable {
  readonly ports: OperationPorts;
  readonly surveyPorts: SurveyPorts;
  readonly apiUrl: string;
  /** Counts and fails the calls to the cloud. */
  readonly control: CloudControl;
  /** Straight to the cloud, outside the budget. */
  readonly cloudflare: CloudflareApi;
  readonly registry: D1Database;
  /** Everything that was logged. */
  readonly log: Readonly<Record<string, unknown>>[];
  /** What `now` says: tests move it, and so does a survey that waits for API calls. */
  readonly clock: { now: number };
}

/**
 * The operation engine in this process, on a real registry and a real cloud: the SDK over HTTP, account Workers in
 * workerd, and control over the cloud, which counts calls and loses replies.
 */
export async function startProvisioning(): Promise<Provisioning> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-provisioning-'));
  const options = { dataDir, apiPort: 0, dispatchPort: 0, accountId: ACCOUNT_ID, apiToken: API_TOKEN };
  const [cloud, { registry, stop }, bundle, keys] = await Promise.all([
    startLocalCloud({
      ...options,
      databaseSlots: 50,
      spareDatabaseSlots: 10,
      dispatchNamespaces: [NAMESPACE],
      faults: {},
    }),
    startRegistry(),
    buildRelease(),
    generateKeyPair('EdDSA'),
  ]);
  const clock = { now: Date.now() };
  const log: Record<string, unknown>[] = [];
  const publicKeys = JSON.stringify({
    keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'test', alg: 'EdDSA' }],
  });
  await registry
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, ?, 0, 0)')
    .bind(RELEASE_ID, bundle.schema_version)
    .run();
  const access = { accountId: ACCOUNT_ID, apiToken: API_TOKEN };
  const ports = {
    registry,
    cloudflare: (caller: ApiCaller) =>
      new CloudflareApi({
        ...access,
        baseUrl: cloud.apiUrl,
        fetch: budgetedFetch(new ApiBudget(registry, () => clock.now), caller, (url, init) =>
          fetch(url, init),
        ),
      }),
    releases: { bundle: async () => bundle },
    platform: { issuer: ISSUER, publicKeys },
    accountWorkers: new ControlClient({
      requestId: 'request-of-this-test',
      dispatch: (workerName: string, request: Request) => dispatchTo(cloud.dispatchUrl, workerName, request),
      mintControlToken: (stackId: string) =>
        new SignJWT({ scope: 'control' })
          .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
          .setIssuer(ISSUER)
          .setAudience(stackId)
          .setIssuedAt()
          .setExpirationTime('60s')
          .sign(keys.privateKey),
    }),
    now: () => clock.now,
    newId: () => uuidV7(),
    random: () => 1,
    log: (entry: Record<string, unknown>) => void log.push(entry),
  };
  return {
    ...{ ports, apiUrl: cloud.apiUrl, control: new CloudControl(cloud, access), registry, log, clock },
    cloudflare: new CloudflareApi({ ...access, baseUrl: cloud.apiUrl, fetch: adminFetch }),
    surveyPorts: {
      ...ports,
      place: { cell: 'main', dispatchNamespace: NAMESPACE },
      wait: async (ms) => {
        clock.now += ms;
      },
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([cloud.stop(), stop()]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function dispatchTo(
  dispatchUrl: string | undefined,
  workerName: string,
  request: Request,
): Promise<Response> {
  if (dispatchUrl === undefined) throw new TypeError('The local cloud was started without a dispatch port.');
  const { pathname } = new URL(request.url);
  const forwarded = new Request(`${dispatchUrl}${pathname}`, request);
  forwarded.headers.set('x-local-cloud-script', `${NAMESPACE}/${workerName}`);
  return fetch(forwarded);
}

export interface ProvisionFacts {
  readonly accountId: string;
  readonly stackId: string;
  readonly operationId: string;
}

/** Writes what a signup writes: the account, its stack, and the operation that is to make it. */
export async function recordSignup({ registry, clock }: Provisioning): Promise<ProvisionFacts> {
  const facts = { accountId: uuidV7(), stackId: uuidV7(), operationId: uuidV7() };
  const { accountId, stackId, operationId } = facts;
  const body = { slug: `a-${accountId.slice(-12)}`, name: 'Hart', status: 'provisioning', residency: 'eu' };
  const owner = {
    id: uuidV7(),
    name: 'Ann',
    email: 'ann@hart.example',
    password_hash: 'scrypt$1$1$1$AA==$AA==',
  };
  await registry.batch([
    registry
      .prepare('INSERT INTO accounts (id, body, created_at, updated_at) VALUES (?1, ?2, ?3, ?3)')
      .bind(accountId, JSON.stringify(body), clock.now),
    registry
      .prepare(
        `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, release_id, created_at, updated_at)
         VALUES (?1, ?2, 'building', 'eu', 'main', ?3, ?4, ?5, ?6, ?6)`,
      )
      .bind(stackId, accountId, stackResourceName(stackId), NAMESPACE, RELEASE_ID, clock.now),
    registry
      .prepare(
        `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
         VALUES (?1, 'provision', ?2, ?3, 'pending', ?4, ?5, ?5, ?5)`,
      )
      .bind(operationId, accountId, stackId, JSON.stringify({ owner }), clock.now),
    ...OPERATION_KINDS.provision.steps.map(({ name }, position) =>
      registry
        .prepare(
          `INSERT INTO operation_steps (operation_id, position, name, status) VALUES (?, ?, ?, 'pending')`,
        )
        .bind(operationId, position, name),
    ),
  ]);
  return facts;
}
