import { join } from 'node:path';
import type { V4ModuleDefinition, V4WorkerOptions } from 'miniflare';
import * as z from 'zod';
import { HOST_HEADER } from '../worker/api/host-header.ts';
import { MODULE_KINDS } from '../worker/dispatch/module-kinds.ts';
import { storedBindingSchema } from '../worker/dispatch/script-bindings.ts';
import { DEPLOYED_PATH } from '../worker/workers/deployed-path.ts';
import { slotName } from './cloud-worker.ts';
import { dispatcherServices, EDGE_SERVICE, entryModules } from './entry-modules.ts';

const deployedSchema = z.object({
  name: z.string(),
  version_id: z.string(),
  main_module: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()),
  bindings: z.array(storedBindingSchema),
  modules: z.array(z.object({ name: z.string(), kind: z.enum(MODULE_KINDS), base64: z.string() })),
  crons: z.array(z.string()),
  /** Where the databases of its bindings lie, by uuid; null where a hosted Worker declares the database. */
  slots: z.record(z.string(), z.int().nullable()),
});

/** An ordinary Worker as it was uploaded to the API. */
export type DeployedWorker = z.infer<typeof deployedSchema>;

type BindingOf<Type> = Extract<DeployedWorker['bindings'][number], { type: Type }>;

const RULES: Readonly<Record<DeployedWorker['modules'][number]['kind'], V4ModuleDefinition['type']>> = {
  js: 'ESModule',
  cjs: 'CommonJS',
  text: 'Text',
  json: 'Text',
  data: 'Data',
  wasm: 'CompiledWasm',
};

/** Every ordinary Worker that was uploaded, as the API holds it now. */
export async function readDeployed(apiUrl: string, apiToken: string): Promise<DeployedWorker[]> {
  const response = await fetch(`${apiUrl}${DEPLOYED_PATH}`, {
    headers: { authorization: `Bearer ${apiToken}`, [HOST_HEADER]: 'yes' },
  });
  if (!response.ok) throw new Error(`The API answered ${response.status}: ${await response.text()}`);
  return z.array(deployedSchema).parse(await response.json());
}

/** Declares an uploaded Worker to the runtime: its modules, bindings and secrets, and nothing else. Its routes let requests through. */
export function declareDeployed(
  worker: DeployedWorker,
  { host, port, runtimeSource }: { host: string; port: number; runtimeSource: string },
): V4WorkerOptions {
  // Nothing lies there: contents come with the declaration.
  const dir = join('/deployed', worker.name);
  const namespaces = of(worker, 'dispatch_namespace').map(({ name, namespace }) => ({
    binding: name,
    namespace,
  }));
  const gate = { worker: worker.name };
  const entry = entryModules({ dir, main: worker.main_module, namespaces, gate }, runtimeSource);
  const texts = [...of(worker, 'plain_text'), ...of(worker, 'secret_text')];
  return {
    name: worker.name,
    modules: [...entry, ...worker.modules.map((module) => moduleOf(dir, module))],
    modulesRoot: dir,
    compatibilityDate: worker.compatibility_date,
    compatibilityFlags: worker.compatibility_flags,
    bindings: Object.fromEntries([
      ...texts.map(({ name, text }) => [name, text] as const),
      // JSON as it came in the upload.
      ...of(worker, 'json').map(({ name, json }) => [name, json as string] as const),
    ]),
    d1Databases: Object.fromEntries(of(worker, 'd1').map(({ name, id }) => [name, placeOf(worker, id)])),
    r2Buckets: Object.fromEntries(of(worker, 'r2_bucket').map((bucket) => [bucket.name, bucketId(bucket)])),
    workflows: Object.fromEntries(
      of(worker, 'workflow').map(({ name, workflow_name, class_name }) => [
        name,
        { name: workflow_name, className: class_name },
      ]),
    ),
    ratelimits: Object.fromEntries(
      of(worker, 'ratelimit').map(({ name, namespace_id, simple }) => [name, { namespace_id, simple }]),
    ),
    serviceBindings: Object.fromEntries([...dispatcherServices(namespaces), EDGE_SERVICE]),
    unsafeDirectSockets: [{ host, port }],
  };
}

function of<Type extends DeployedWorker['bindings'][number]['type']>(
  { bindings }: DeployedWorker,
  type: Type,
): BindingOf<Type>[] {
  // The filter says what the type of a binding is; TypeScript cannot follow it.
  return bindings.filter((binding) => binding.type === type) as BindingOf<Type>[];
}

function moduleOf(
  dir: string,
  { name, kind, base64 }: DeployedWorker['modules'][number],
): V4ModuleDefinition {
  const content = Buffer.from(base64, 'base64');
  const isBinary = kind === 'data' || kind === 'wasm';
  return { type: RULES[kind], path: join(dir, name), contents: isBinary ? content : content.toString() };
}

/** What Miniflare knows a database by. One that was deleted since is an empty one of its own. */
function placeOf({ slots }: DeployedWorker, uuid: string): string {
  const slot = slots[uuid];
  return slot === undefined || slot === null ? uuid : slotName(slot);
}

/** One name may stand for a bucket in each jurisdiction; no bucket's name has an underscore. */
function bucketId({ bucket_name, jurisdiction = 'default' }: BindingOf<'r2_bucket'>): string {
  return jurisdiction === 'default' ? bucket_name : `${jurisdiction}_${bucket_name}`;
}
