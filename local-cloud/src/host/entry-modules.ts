import { join } from 'node:path';
import type { V4ModuleDefinition } from 'miniflare';
import { CLOUD_WORKER, DISPATCHER_ENTRYPOINT, EDGE_ENTRYPOINT } from './cloud-worker.ts';
import type { Zone } from './local-cloud-options.ts';

/** The service by which a Worker that serves a zone asks the zone's edge. */
const EDGE_BINDING = 'LOCAL_CLOUD_EDGE';

interface BoundNamespace {
  binding: string;
  namespace: string;
}

interface Entry {
  dir: string;
  main: string;
  namespaces: BoundNamespace[];
  /** What lets requests through to the Worker: the zone that it serves, or the routes that lead to it. */
  gate: { zone: Zone } | { worker: string } | undefined;
}

/** The service that the gate of {@link entryModules} asks. */
export const EDGE_SERVICE = [EDGE_BINDING, { name: CLOUD_WORKER, entrypoint: EDGE_ENTRYPOINT }] as const;

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
  { dir, main, namespaces, gate }: Entry,
  runtimeSource: string,
): V4ModuleDefinition[] {
  const binds = namespaces.map(({ binding, namespace }) => {
    const service = JSON.stringify(dispatcherBinding(binding));
    return `env[${JSON.stringify(binding)}] = dispatchNamespace(env[${service}], ${JSON.stringify(namespace)});`;
  });
  const sources = {
    'local-cloud-entry.js': [
      `import './local-cloud-env.js';`,
      `import main from ${JSON.stringify(`./${main}`)};`,
      `import { env } from 'cloudflare:workers';`,
      `import { routeGate, wrapHandlers, zoneGate } from './local-cloud-runtime.js';`,
      `export * from ${JSON.stringify(`./${main}`)};`,
      `export default wrapHandlers(main${gateSource(gate)});`,
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

function gateSource(gate: Entry['gate']): string {
  if (gate === undefined) return '';
  const edge = `env[${JSON.stringify(EDGE_BINDING)}]`;
  return 'zone' in gate
    ? `, zoneGate(${edge}, ${JSON.stringify(gate.zone)})`
    : `, routeGate(${edge}, ${JSON.stringify(gate.worker)})`;
}
