import { accountWorkerForm } from '#provisioner/cloudflare/account-worker-form.ts';
import type { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { LIST_LAG_MS } from '#provisioner/cloudflare/list-lag.ts';
import { runOperation } from '#provisioner/operations/run-operation.ts';
import { runOperations } from '#provisioner/operations/run-operations.ts';
import { survey } from '#provisioner/reconciler/survey.ts';
import type { SurveyPorts } from '#provisioner/reconciler/survey-ports.ts';
import type { AuditReport } from '#shared-schema/audit/audit.ts';
import type { ReleaseBundle, ReleaseModule } from '#shared-schema/releases/release.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import { NAMESPACE, type Provisioning, RELEASE_ID, recordSignup } from './provisioning.ts';

export interface MadeStack {
  readonly accountId: string;
  readonly stackId: string;
  readonly name: string;
  readonly databaseId: string;
}

/** An account with its stack, made for real. */
export async function makeStack(world: Provisioning): Promise<MadeStack> {
  const { accountId, stackId, operationId } = await recordSignup(world);
  await runOperation(world.ports, operationId, 'test');
  const row = await world.registry
    .prepare(`SELECT database_id FROM stacks WHERE id = ? AND status = 'serving'`)
    .bind(stackId)
    .first<{ database_id: string }>();
  if (row === null) throw new Error('The account was not made.');
  return { accountId, stackId, name: stackResourceName(stackId), databaseId: row.database_id };
}

/** Surveys as an admin does, as late as no list lags any more. */
export async function surveyLater(
  world: Provisioning,
  {
    afterMs = LIST_LAG_MS,
    ports = world.surveyPorts,
    ...order
  }: {
    afterMs?: number;
    ports?: SurveyPorts;
    repair?: boolean;
    removeOrphans?: boolean;
    after?: string;
  } = {},
): Promise<AuditReport> {
  world.clock.now += afterMs;
  const report = await survey(ports, {
    actor: 'admin',
    repair: false,
    removeOrphans: false,
    after: null,
    ...order,
  });
  if (report === null) throw new Error('Another survey is under way.');
  await runOperations(world.ports, report.repairs, 'test');
  return report;
}

/** `KIND` of every open finding, by what it is about: the stack, or the resource's name. */
export async function openFindingKinds({ registry }: Provisioning): Promise<Record<string, string[]>> {
  const { results } = await registry
    .prepare(
      `SELECT COALESCE(stack_id, seen ->> 'name') AS about, kind FROM findings WHERE resolved_at IS NULL ORDER BY kind`,
    )
    .all<{ about: string; kind: string }>();
  const grouped = Map.groupBy(results, ({ about }) => about);
  return Object.fromEntries([...grouped].map(([about, rows]) => [about, rows.map(({ kind }) => kind)]));
}

export interface OtherUpload {
  readonly databaseId?: string;
  readonly texts?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** Another program than the release. */
  readonly code?: string;
  readonly more?: readonly Readonly<Record<string, string>>[];
}

/** Uploads the stack's Worker past the platform, with something else than it should have. */
export async function uploadOther(world: Provisioning, stack: MadeStack, other: OtherUpload): Promise<void> {
  const { issuer, publicKeys } = world.ports.platform;
  const bundle = await world.ports.releases.bundle(RELEASE_ID);
  const form = accountWorkerForm({
    name: stack.name,
    bundle: other.code === undefined ? bundle : { ...bundle, modules: [program(bundle, other.code)] },
    databaseId: other.databaseId ?? stack.databaseId,
    texts: {
      ...{ STACK_ID: stack.stackId, RELEASE_ID, PLATFORM_ISSUER: issuer, PLATFORM_KEYS: publicKeys },
      ...other.texts,
    },
    tags: other.tags ?? [`stack:${stack.stackId}`, `release:${RELEASE_ID}`],
  });
  const metadata = JSON.parse(await new Response(form.get('metadata')).text());
  metadata.bindings.push(...(other.more ?? []));
  form.set('metadata', new Blob([JSON.stringify(metadata)], { type: 'application/json' }));
  const { baseUrl, accountId, apiToken } = world.access;
  const path = `/accounts/${accountId}/workers/dispatch/namespaces/${NAMESPACE}/scripts/${stack.name}`;
  const headers = { authorization: `Bearer ${apiToken}` };
  const answer = await fetch(`${baseUrl}${path}`, { method: 'PUT', body: form, headers });
  if (!answer.ok) throw new Error(`The upload was answered ${answer.status}: ${await answer.text()}`);
}

function program({ main_module: name }: ReleaseBundle, content: string): ReleaseModule {
  return { name, type: 'esm', content };
}

/** An empty database under the name of a stack that no registry knows. */
export async function strayDatabase({ cloudflare, ports }: Provisioning) {
  const database = await cloudflare.createDatabase(`fh-${ports.newId()}`, 'eu');
  return { ...database, subject: `database:${database.id}` };
}

/** Ports whose cloud is changed by the test. */
export function portsWith(world: Provisioning, change: (cloudflare: CloudflareApi) => void): SurveyPorts {
  return {
    ...world.surveyPorts,
    cloudflare: (caller) => {
      const cloudflare = world.ports.cloudflare(caller) as CloudflareApi; // what the world makes
      change(cloudflare);
      return cloudflare;
    },
  };
}

export async function databaseExists({ cloudflare }: Provisioning, databaseId: string): Promise<boolean> {
  return (await cloudflare.getDatabase(databaseId)) !== null;
}

export async function workerExists({ cloudflare }: Provisioning, name: string): Promise<boolean> {
  return (await cloudflare.accountWorkerCreatedAt(NAMESPACE, name)) !== null;
}
