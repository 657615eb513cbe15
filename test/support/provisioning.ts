import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { v7 as uuidV7 } from 'uuid';
import * as z from 'zod';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { accountFiles } from '#platform-worker/files/account-files.ts';
import { ControlClient } from '#provisioner/account-worker/control-client.ts';
import { ApiBudget, type ApiCaller } from '#provisioner/api-budget/api-budget.ts';
import { adminFetch, budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import { type CloudflareAccess, CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { SignedFiles } from '#provisioner/cloudflare/signed-files.ts';
import { ExportStore } from '#provisioner/exports/export-store.ts';
import { OPERATION_KINDS } from '#provisioner/operations/operation-kinds.ts';
import { type OperationPorts, runOperation } from '#provisioner/operations/run-operation.ts';
import type { SurveyPorts } from '#provisioner/reconciler/survey-ports.ts';
import { beginOperation } from '#provisioner/registry/begin-operation.ts';
import { noteDeletion } from '#provisioner/registry/deletions.ts';
import { ALWAYS, type SqlCondition } from '#provisioner/registry/events.ts';
import { newOperation } from '#provisioner/registry/insert-operation.ts';
import { getOperation } from '#provisioner/registry/operations.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import type { Operation, OperationKind } from '#shared-schema/operations/operation.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import { startRegistry } from './registry-database.ts';

const ACCOUNT_ID = '0123456789abcdef0123456789abcdef';
const API_TOKEN = 'token-of-this-test';
export const NAMESPACE = 'freehold';
export const RELEASE_ID = '0123456789abcdef';
/** The zone of custom hostnames, and one of somebody else's. */
export const ZONE_ID = '00000000000000000000000000000002';
export const OTHER_ZONE_ID = '00000000000000000000000000000003';
const ISSUER = 'https://platform.test';

export interface Provisioning extends AsyncDisposable {
  readonly ports: OperationPorts;
  readonly surveyPorts: SurveyPorts;
  readonly apiUrl: string;
  readonly access: Required<CloudflareAccess>;
  /** Counts and fails the calls to the cloud. */
  readonly control: CloudControl;
  /** Straight to the cloud, outside the budget. */
  readonly cloudflare: CloudflareApi;
  /** The names of all Workers in the dispatch namespace. */
  readonly scripts: () => Promise<string[]>;
  readonly registry: D1Database;
  readonly files: R2Bucket;
  readonly exportBucket: R2Bucket;
  /** Everything that was logged. */
  readonly log: Readonly<Record<string, unknown>>[];
  /** What `now` says: tests move it, and so does a survey that waits for API calls. */
  readonly clock: { now: number };
}

/**
 * The operation engine in this process, on a real registry and a real cloud: the SDK over HTTP, account Workers in
 * workerd, and control over the cloud, which counts calls and loses replies.
 */
export async function startProvisioning({
  databaseSlots = 50,
  clock = { now: Date.now() },
} = {}): Promise<Provisioning> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-provisioning-'));
  const options = { dataDir, apiPort: 0, dispatchPort: 0, accountId: ACCOUNT_ID, apiToken: API_TOKEN };
  const [cloud, { registry, files, exportBucket, stop }, bundle, keys] = await Promise.all([
    startLocalCloud({
      ...options,
      databaseSlots,
      spareDatabaseSlots: 10,
      dispatchNamespaces: [NAMESPACE],
      zones: [
        { id: ZONE_ID, name: 'platform.dev' },
        { id: OTHER_ZONE_ID, name: 'other.dev' },
      ],
      faults: {},
    }),
    startRegistry(),
    buildRelease(),
    generateKeyPair('EdDSA'),
  ]);
  const log: Record<string, unknown>[] = [];
  const publicKeys = JSON.stringify({
    keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'test', alg: 'EdDSA' }],
  });
  await registry
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, ?, 0, 0)')
    .bind(RELEASE_ID, bundle.schema_version)
    .run();
  const access = {
    ...{ accountId: ACCOUNT_ID, apiToken: API_TOKEN, baseUrl: cloud.apiUrl },
    customHostnameZoneId: ZONE_ID,
  };
  const ports = {
    registry,
    cloudflare: (caller: ApiCaller) =>
      new CloudflareApi({
        ...access,
        fetch: budgetedFetch(new ApiBudget(registry, () => clock.now), caller, (url, init) =>
          fetch(url, init),
        ),
      }),
    releases: { bundle: async () => bundle },
    files: accountFiles(() => files),
    exports: new ExportStore(exportBucket),
    signedFiles: new SignedFiles((url, init) => fetch(url, init)),
    sleep: () => new Promise<never>(() => undefined),
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
    ...{
      ports,
      access,
      apiUrl: cloud.apiUrl,
      control: new CloudControl(cloud, access),
      registry,
      log,
      clock,
    },
    ...{ files, exportBucket },
    scripts: () => scriptNames(cloud.apiUrl),
    cloudflare: new CloudflareApi({ ...access, fetch: adminFetch }),
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

async function scriptNames(apiUrl: string): Promise<string[]> {
  const path = `/accounts/${ACCOUNT_ID}/workers/dispatch/namespaces/${NAMESPACE}/scripts`;
  const answer = await fetch(`${apiUrl}${path}`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  return z
    .object({ result: z.array(z.object({ id: z.string() })) })
    .parse(await answer.json())
    .result.map(({ id }) => id);
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
    password_hash: '$argon2id$v=19$m=8,t=1,p=1$AA$AA',
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

/** Begins an operation of the kind on the account, as its route would, and gives its id. */
export async function beginOn(
  { registry, clock }: Provisioning,
  { accountId }: ProvisionFacts,
  kind: OperationKind,
  input: unknown = {},
  /** Whether it works on a stack that is made beside the one that serves. */
  { beside = false } = {},
): Promise<string> {
  const id = uuidV7();
  const operation = { ...newOperation({ id, kind, accountId, now: clock.now }), account_id: accountId };
  const target = { targetKind: 'account', targetId: accountId, requestId: null, before: null, after: null };
  const event = { id: uuidV7(), at: clock.now, actor: 'test', action: `${kind}.began`, ...target };
  const status = await registry
    .prepare('SELECT status FROM accounts WHERE id = ?')
    .bind(accountId)
    .first<AccountStatus>('status');
  const alongside = (begun: SqlCondition) =>
    kind === 'delete' && status !== null ? [noteDeletion(registry, accountId, status, begun)] : [];
  const stack = beside && { newStackId: uuidV7() };
  if (!(await beginOperation(registry, { operation, input, event, condition: ALWAYS, alongside, ...stack })))
    throw new Error(`${kind} could not begin.`);
  return id;
}

/** Drives the operation to its end, and has the clock pass wherever it waits. Gives what became of it. */
export async function runToEnd({ ports, clock }: Provisioning, operationId: string): Promise<Operation> {
  for (let runs = 0; runs < 100; runs += 1) {
    const outcome = await runOperation(ports, operationId, 'test');
    if (outcome.finished) return getOperation(ports.registry, operationId);
    clock.now = Math.max(clock.now, outcome.availableAt);
  }
  throw new Error(`Operation ${operationId} did not end.`);
}
