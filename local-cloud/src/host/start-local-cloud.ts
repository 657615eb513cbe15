import { mkdir, realpath } from 'node:fs/promises';
import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions } from 'miniflare';
import { CONTROL_PATH } from '../worker/faults/control-path.ts';
import { ApiFront } from './api-front.ts';
import { bundleModule } from './bundle-module.ts';
import { CLOUD_WORKER, cloudWorker, DISPATCHER_ENTRYPOINT } from './cloud-worker.ts';
import { countDatabases } from './count-databases.ts';
import { Deployments } from './deployments.ts';
import { type DeclaredWorker, hostedWorker } from './hosted-worker.ts';
import { LocalCloudError } from './local-cloud-error.ts';
import type { LocalCloud, LocalCloudOptions } from './local-cloud-options.ts';
import { runCrons } from './run-crons.ts';
import { runScheduled } from './run-scheduled.ts';
import { RuntimeLog, writeWorkerLog } from './runtime-log.ts';
import { endStaleRuntime, runtimeEnv, watchRuntime } from './runtime-process.ts';
import { secretService } from './secret-service.ts';
import { neededSlots, readSlotCount, writeSlotCount } from './slot-count.ts';
import { TimeTravel } from './time-travel/time-travel.ts';
import { timeTravelService } from './time-travel/time-travel-service.ts';

export { LocalCloudError } from './local-cloud-error.ts';
export type {
  FaultOptions,
  HostedWorker,
  LocalCloud,
  LocalCloudOptions,
  RateLimit,
  Zone,
} from './local-cloud-options.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATABASE_SLOTS = 1000;
const DEFAULT_SPARE_DATABASE_SLOTS = 500;
const DEFAULT_CRON_EVERY_MS = 60_000;
const DEFAULT_TIME_TRAVEL_EVERY_MS = 1000;

/**
 * Starts the Cloudflare v4 API, a dispatch namespace and hosted Workers in one workerd process. Everything acknowledged
 * before is there again, also after `kill -9`; a runtime left over from that is ended first. Rejects when the data folder
 * is in use, a port is taken, or a Worker's config asks for what cannot be hosted.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  await mkdir(options.dataDir, { recursive: true });
  const dataDir = await realpath(options.dataDir);
  await endStaleRuntime(dataDir);
  const host = options.host ?? DEFAULT_HOST;
  const runtimeSource = await bundleModule('hosted/runtime.ts');
  const hosted = await Promise.all(
    (options.workers ?? []).map((worker) =>
      hostedWorker(worker, { host, zones: options.zones, runtimeSource }),
    ),
  );
  const timeTravel = new TimeTravel(dataDir, Date.now);
  const deployments = new Deployments({ ...options, host, runtimeSource });
  const optionsFor = await runtimeOptions({ ...options, dataDir, host }, hosted, timeTravel, deployments);

  const recorded = await readSlotCount(dataDir);
  const declared = Math.max(options.databaseSlots ?? DEFAULT_DATABASE_SLOTS, recorded);
  await writeSlotCount(dataDir, declared);
  const watcher = watchRuntime(dataDir);
  const miniflare = new Miniflare(optionsFor(declared, watcher.renew));
  let front: ApiFront | undefined;
  try {
    await miniflare.ready;
    let direct = await apiUrlOf(miniflare);
    const used = await countDatabases(direct, options);
    const slots = neededSlots(declared, used, options.spareDatabaseSlots ?? DEFAULT_SPARE_DATABASE_SLOTS);
    const startAnew = async () => {
      await miniflare.setOptions(optionsFor(slots, watcher.renew));
      watcher.renew();
      direct = await apiUrlOf(miniflare);
    };
    if (slots > declared) await writeSlotCount(dataDir, slots);
    const hasDeployed = await deployments.read(direct);
    if (slots > declared || hasDeployed) await startAnew();
    watcher.renew();
    timeTravel.watch(options.timeTravelEveryMs ?? DEFAULT_TIME_TRAVEL_EVERY_MS);
    const cronsByWorker = new Map(hosted.map(({ name, crons }) => [name, crons]));
    deployments.writeCrons(cronsByWorker);
    if (options.deployed !== undefined) {
      front = new ApiFront({
        host,
        port: options.apiPort,
        target: () => new URL(direct),
        isChanged: () => deployments.isChanged,
        refresh: async () => {
          if (await deployments.read(direct)) await startAnew();
          deployments.writeCrons(cronsByWorker);
        },
      });
    }
    const apiUrl = front === undefined ? direct : `${await front.listen()}/client/v4`;
    await options.beforeCrons?.(apiUrl);
    const run = runScheduled(miniflare);
    const crons = runCrons(cronsByWorker, options.cronEveryMs ?? DEFAULT_CRON_EVERY_MS, run);
    let stopped: Promise<void> | undefined;
    return {
      ...(await urlsOf(miniflare, { ...options, host }, apiUrl)),
      async runCron(workerName, cron) {
        const expressions = cronsByWorker.get(workerName);
        if (expressions === undefined) throw new Error(`There is no hosted Worker ${workerName}.`);
        for (const expression of cron === undefined ? expressions : [cron]) await run(workerName, expression);
      },
      stop() {
        stopped ??= stop(miniflare, crons, timeTravel, watcher, front);
        return stopped;
      },
    };
  } catch (error) {
    await front?.close();
    await timeTravel.stop();
    await miniflare.dispose().catch(() => undefined);
    watcher.release();
    throw startError(error);
  }
}

function startError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ERR_ADDRESS_IN_USE' && code !== 'EADDRINUSE') return error;
  return new LocalCloudError('PORT_IN_USE', 'A port of the local cloud is in use by another program.', error);
}

async function runtimeOptions(
  options: LocalCloudOptions & { host: string },
  hosted: DeclaredWorker[],
  timeTravel: TimeTravel,
  deployments: Deployments,
) {
  const source = await bundleModule('index.ts');
  return (databaseSlots: number, onRestart: () => void) => {
    const v4Options: V4MiniflareOptions = {
      host: DEFAULT_HOST,
      port: 0,
      cf: false,
      log: new RuntimeLog(),
      handleStructuredLogs: writeWorkerLog,
      resourcePersistencePath: options.dataDir,
      telemetry: { enabled: false },
      unsafeHandleRuntimeRestart: onRestart,
      unsafeRuntimeEnv: runtimeEnv(options.dataDir),
      workers: [
        cloudWorker({
          source,
          host: options.host,
          apiPort: options.deployed === undefined ? options.apiPort : 0,
          dispatchPort: options.dispatchPort,
          accountId: options.accountId,
          apiToken: options.apiToken,
          databaseSlots,
          dispatchNamespaces: [
            ...(options.dispatchNamespaces ?? []),
            ...hosted.flatMap(({ namespaces }) => namespaces),
          ],
          hostedDatabases: hosted.flatMap(({ databases }) => databases),
          zones: options.zones ?? [],
          faults: options.faults,
          timeTravel: timeTravelService(timeTravel),
          deployments: deployments.service,
          hostedSecrets: secretService(options.workers ?? []),
        }),
        ...hosted.map((worker) => worker.options),
        ...deployments.workers(),
      ],
    };
    return convertV4MiniflareOptions(v4Options);
  };
}

async function urlsOf(miniflare: Miniflare, options: LocalCloudOptions & { host: string }, apiUrl: string) {
  const workers: LocalCloud['workers'] = {};
  for (const { name, port } of options.deployed ?? [])
    workers[name] = { url: `http://${options.host}:${port}` };
  for (const { name } of options.workers ?? []) {
    workers[name] = { url: (await miniflare.unsafeGetDirectURL(name)).origin };
  }
  const urls = { apiUrl, workers, ...(options.faults && { controlUrl: new URL(CONTROL_PATH, apiUrl).href }) };
  if (options.dispatchPort === undefined) return urls;
  const dispatchUrl = (await miniflare.unsafeGetDirectURL(CLOUD_WORKER, DISPATCHER_ENTRYPOINT)).origin;
  return { ...urls, dispatchUrl };
}

async function apiUrlOf(miniflare: Miniflare): Promise<string> {
  return `${(await miniflare.unsafeGetDirectURL(CLOUD_WORKER)).origin}/client/v4`;
}

async function stop(
  miniflare: Miniflare,
  crons: { stop(): Promise<void> },
  timeTravel: TimeTravel,
  watcher: { release(): void },
  front: ApiFront | undefined,
) {
  const cronsStopped = crons.stop();
  await front?.close();
  await timeTravel.stop();
  await miniflare.dispose();
  await cronsStopped;
  watcher.release();
}
