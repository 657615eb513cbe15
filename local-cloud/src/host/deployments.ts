import { Response, type V4WorkerOptions } from 'miniflare';
import { type DeployedWorker, declareDeployed, readDeployed } from './deployed-worker.ts';
import type { LocalCloudOptions } from './local-cloud-options.ts';

type DeploymentsOptions = Pick<LocalCloudOptions, 'apiToken' | 'deployed'> & {
  readonly host: string;
  readonly runtimeSource: string;
};

/** The ordinary Workers that the API was given, of those that have a port. */
export class Deployments {
  readonly #options: DeploymentsOptions;
  #deployed: DeployedWorker[] = [];
  #isChanged = false;

  constructor(options: DeploymentsOptions) {
    this.#options = options;
  }

  /** What the cloud's Worker tells of each deployment. */
  readonly service = (): Response => {
    this.#isChanged = true;
    return new Response(null, { status: 204 });
  };

  /** Whether something was deployed since the last {@link read}. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** Reads what is deployed now, and answers whether the runtime must be started anew for it. */
  async read(apiUrl: string): Promise<boolean> {
    this.#isChanged = false;
    if (this.#options.deployed === undefined) return false;
    const before = JSON.stringify(this.#deployed.map(whatRuns));
    const deployed = await readDeployed(apiUrl, this.#options.apiToken);
    this.#deployed = deployed.filter(({ name }) => this.#portOf(name) !== undefined);
    return JSON.stringify(this.#deployed.map(whatRuns)) !== before;
  }

  /** As declared to the runtime. */
  workers(): V4WorkerOptions[] {
    const { host, runtimeSource } = this.#options;
    return this.#deployed.flatMap((worker) => {
      const port = this.#portOf(worker.name);
      return port === undefined ? [] : [declareDeployed(worker, { host, port, runtimeSource })];
    });
  }

  /** Enters each one's crons, none for one that is yet to be uploaded. */
  writeCrons(cronsByWorker: Map<string, string[]>): void {
    for (const { name } of this.#options.deployed ?? []) {
      cronsByWorker.set(name, this.#deployed.find((worker) => worker.name === name)?.crons ?? []);
    }
  }

  #portOf(name: string): number | undefined {
    return this.#options.deployed?.find((worker) => worker.name === name)?.port;
  }
}

function whatRuns({ name, version_id, slots }: DeployedWorker) {
  return { name, version_id, slots };
}
