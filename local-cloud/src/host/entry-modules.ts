import { join } from 'node:path';
import type { V4ModuleDefinition } from 'miniflare';
import { CLOUD_WORKER, DISPATCHER_ENTRYPOINT } from './cloud-worker.ts';
import type { Zone } from './local-cloud-options.ts';

/** The service by which a Worker that serves a zone asks the zone's edge. */
export const EDGE_BINDING = 'LOCAL_CLOUD_EDGE';

interface BoundNamespace {
  binding: string;
  namespace: string;
}

interface Entry {
  dir: string;
  main: string;
  namespaces: BoundNamespace[];
  zone: Zone | undefined;
}

/** The services that the dispatch namespaces of {@link entryModules} stand on. */
export function dispatcherServices(namespaces: BoundNamespace[]) {
  return namespaces.map(
    ({ binding }) =>
      [dispatcherBinding(binding), { name: CLOUD_WORKER, entrypoint: DISPATCHER_ENTRYPOINT }] as const,
  );
}

/**
 * The main module, which puts the dispatch namespaces into the env before the Worker's own code is evaluated. The env
 * object is one for the isolate: handlers, exported classes and `import { env }` all find them there.
 */
export function entryModules(
  { dir, main, namespaces, zone }: Entry,
  runtimeSource: string,
): V4ModuleDefinition[] {
  const gate =
    zone === undefined ? '' : `, zoneGate(env[${JSON.stringify(EDGE_BINDING)}], ${JSON.stringify(zone)})`;
  const binds = namespaces.map(({ binding, namespace }) => {
    const service = JSON.stringify(dispatcherBinding(binding));
    return `env[${JSON.stringify(binding)}] = dispatchNamespace(env[${service}], ${JSON.stringify(namespace)});`;
  });
  const sources = {
    'local-cloud-entry.js': [
      `import './local-cloud-env.js';`,
      `import main from ${JSON.stringify(`./${main}`)};`,
      `import { env } from 'cloudflare:workers';`,
      `import { wrapHandlers, zoneGate } from './local-cloud-runtime.js';`,
      `export * from ${JSON.stringify(`./${main}`)};`,
      `export default wrapHandlers(main${gate});`,
    ],
    'local-cloud-env.js': [
      `import { env } from 'cloudflare:workers';`,
      `import { dispatchNamespace } from './local-cloud-runtime.js';`,
      ...binds,
    ],
    'local-cloud-runtime.js': [runtimeSource],
  };
  return Object.entries(sources).map(([name, lines]) => ({
    type: 'ESModule',
    path: join(dir, name),
    contents: lines.join('\n'),
  }));
}

function dispatcherBinding(binding: string): string {
  return `LOCAL_CLOUD_DISPATCHER_FOR_${binding}`;
}
