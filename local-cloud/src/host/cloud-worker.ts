import {
  type Json,
  kUnsafeEphemeralUniqueKey,
  type Request,
  type Response,
  type V4WorkerOptions,
} from 'miniflare';
import { faultOptionsSchema } from '../worker/faults/fault-rule.ts';
import type { FaultOptions, Zone } from './local-cloud-options.ts';

/** The cloud Worker's name inside the runtime. */
export const CLOUD_WORKER = 'local-cloud';

/** The entrypoint that runs user Workers. */
export const DISPATCHER_ENTRYPOINT = 'dispatcher';

/** The entrypoint that says which custom hostnames are active. */
export const EDGE_ENTRYPOINT = 'edge';

/** What the cloud Worker is declared with. */
export interface CloudWorkerOptions {
  source: string;
  host: string;
  apiPort: number;
  dispatchPort: number | undefined;
  accountId: string;
  apiToken: string;
  databaseSlots: number;
  dispatchNamespaces: string[];
  hostedDatabases: { uuid: string; name: string }[];
  zones: Zone[];
  faults: FaultOptions | undefined;
  timeTravel: (request: Request) => Promise<Response>;
  deployments: (request: Request) => Response;
  hostedSecrets: (request: Request) => Promise<Response>;
}

/** The name of a slot's database inside the runtime. */
export function slotName(slot: number): string {
  return `local-cloud-slot-${slot}`;
}

/** The cloud Worker: the API and the dispatcher, with one D1 binding for each slot. */
export function cloudWorker(options: CloudWorkerOptions): V4WorkerOptions {
  const databases: Record<string, string> = { STATE: 'local-cloud-state' };
  for (let slot = 0; slot < options.databaseSlots; slot += 1) databases[`DB_${slot}`] = slotName(slot);
  for (const { uuid } of options.hostedDatabases) databases[`HOSTED_${uuid.replaceAll('-', '_')}`] = uuid;
  const sockets = [{ host: options.host, port: options.apiPort }];
  const dispatchSocket =
    options.dispatchPort === undefined
      ? []
      : [{ host: options.host, port: options.dispatchPort, entrypoint: DISPATCHER_ENTRYPOINT }];
  return {
    name: CLOUD_WORKER,
    modules: [{ type: 'ESModule', path: 'local-cloud.js', contents: options.source }],
    compatibilityDate: '2026-11-01',
    d1Databases: databases,
    r2Buckets: { MODULES: 'local-cloud-modules' },
    workerLoaders: { LOADER: {} },
    durableObjects: {
      ISOLATES: { className: 'ScriptIsolate', unsafeUniqueKey: kUnsafeEphemeralUniqueKey },
    },
    serviceBindings: {
      TIME_TRAVEL: options.timeTravel,
      DEPLOYMENTS: options.deployments,
      HOSTED_SECRETS: options.hostedSecrets,
    },
    bindings: {
      ACCOUNT_ID: options.accountId,
      API_TOKEN: options.apiToken,
      DATABASE_SLOTS: options.databaseSlots,
      HOSTED_DATABASES: options.hostedDatabases,
      DISPATCH_NAMESPACES: options.dispatchNamespaces,
      ZONES: options.zones.map(({ id, name }) => ({ id, name })),
      FAULTS: faultsBinding(options.faults),
    },
    unsafeDirectSockets: [...sockets, ...dispatchSocket],
  };
}

function faultsBinding(faults: FaultOptions | undefined): Json {
  if (faults === undefined) return null;
  // As JSON, for a binding knows no undefined.
  return JSON.parse(JSON.stringify(faultOptionsSchema.parse(faults)));
}
