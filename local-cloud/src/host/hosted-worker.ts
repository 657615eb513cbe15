import type { V4WorkerOptions } from 'miniflare';
import { dispatcherServices, EDGE_SERVICE, entryModules } from './entry-modules.ts';
import type { HostedWorker, Zone } from './local-cloud-options.ts';
import { readBundle } from './read-bundle.ts';
import { readWorkerConfig, type WorkerConfig } from './read-worker-config.ts';

/** A hosted Worker, ready to be declared to the runtime. */
export interface DeclaredWorker {
  name: string;
  options: V4WorkerOptions;
  databases: { uuid: string; name: string }[];
  namespaces: string[];
  crons: string[];
}

/** Declares a Worker from its production config and bundle. `runtimeSource` is the bundled `hosted/runtime.ts`. */
export async function hostedWorker(
  worker: HostedWorker,
  { host, zones = [], runtimeSource }: { host: string; zones?: Zone[] | undefined; runtimeSource: string },
): Promise<DeclaredWorker> {
  const zone = worker.zone === undefined ? undefined : zoneOf(worker, zones);
  const config = readWorkerConfig(worker.configPath);
  const bundle = await readBundle(worker.bundleDir, config.main, config.rules);
  const entry = entryModules(
    {
      ...{ dir: worker.bundleDir, main: bundle.main, namespaces: config.dispatch_namespaces },
      gate: zone && { zone },
    },
    runtimeSource,
  );
  return {
    name: worker.name,
    databases: config.d1_databases.map(({ database_id, database_name }) => ({
      uuid: database_id,
      name: database_name,
    })),
    namespaces: config.dispatch_namespaces.map(({ namespace }) => namespace),
    crons: config.triggers.crons,
    options: {
      name: worker.name,
      modules: [...entry, ...bundle.modules],
      modulesRoot: worker.bundleDir,
      compatibilityDate: config.compatibility_date,
      compatibilityFlags: config.compatibility_flags,
      bindings: { ...config.vars, ...worker.vars },
      d1Databases: Object.fromEntries(config.d1_databases.map((d1) => [d1.binding, d1.database_id])),
      r2Buckets: Object.fromEntries(config.r2_buckets.map((r2) => [r2.binding, r2.bucket_name])),
      durableObjects: Object.fromEntries(
        config.durable_objects.bindings.map((object) => [object.name, durableObject(config, object)]),
      ),
      workflows: Object.fromEntries(
        config.workflows.map(({ binding, name, class_name }) => [binding, { name, className: class_name }]),
      ),
      ratelimits: Object.fromEntries(
        config.ratelimits.map(({ name, namespace_id, simple }) => [
          name,
          { namespace_id, simple: worker.rateLimits?.[name] ?? simple },
        ]),
      ),
      serviceBindings: Object.fromEntries([
        ...config.services.map(({ binding, service, entrypoint }) => [
          binding,
          { name: service, entrypoint },
        ]),
        ...dispatcherServices(config.dispatch_namespaces),
        ...(zone === undefined ? [] : [EDGE_SERVICE]),
      ]),
      unsafeDirectSockets: [{ host, port: worker.port }],
    },
  };
}

function zoneOf({ name, zone }: HostedWorker, zones: Zone[]): Zone {
  const found = zones.find(({ id }) => id === zone);
  if (found === undefined) throw new Error(`The Worker ${name} serves the zone ${zone}, which is not there.`);
  return found;
}

function durableObject(config: WorkerConfig, object: WorkerConfig['durable_objects']['bindings'][number]) {
  const useSQLite = config.migrations.some(({ new_sqlite_classes }) =>
    new_sqlite_classes?.includes(object.class_name),
  );
  return { className: object.class_name, useSQLite };
}
