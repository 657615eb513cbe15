import { ControlClient } from '#provisioner/account-worker/control-client.ts';
import { ApiBudget, type ApiCaller } from '#provisioner/api-budget/api-budget.ts';
import { type ApiFetch, budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { API_CALL_TIMEOUT_MS } from '#provisioner/cloudflare/api-call-timeout.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { TRANSFER_CALL_TIMEOUT_MS } from '#provisioner/cloudflare/database-transfer.ts';
import { SignedFiles } from '#provisioner/cloudflare/signed-files.ts';
import { ExportStore } from '#provisioner/exports/export-store.ts';
import { type OperationPorts, runOperation } from '#provisioner/operations/run-operation.ts';
import type { RolloutDriverPorts } from '#provisioner/rollouts/advance-rollout.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { SqliteRegistry } from '#test/support/sqlite-registry.ts';
import { Driver } from './driver.ts';
import { FaultPlan } from './fault-plan.ts';
import { bucketOf } from './model-bucket.ts';
import { failure, ModelCloud } from './model-cloud.ts';
import { bundleOf } from './model-releases.ts';
import { answerOrder } from './model-worker.ts';
import { RegistryWatch } from './registry-watch.ts';
import { VirtualTime } from './virtual-time.ts';

export const CELL = 'main';
export const NAMESPACE = 'freehold';
/** Of a stack's database and Worker, or of what proves an export. */
const OUR_NAME = /fh-(verify-)?[0-9a-f-]{36}/;
/** Calls that may take longer than the others. */
const TRANSFER = /\/(export|import|restore)\??[^/]*$/;

/**
 * Operations that nobody will come back to: they succeeded, or Cloudflare refused them for good and another began on the
 * account since, so that nobody may retry them.
 */
export const IS_SETTLED = `(status = 'succeeded' OR (status = 'failed' AND EXISTS (SELECT 1 FROM operations AS later
  WHERE later.account_id = operations.account_id AND later.id > operations.id)))`;

/** One seed's world: the registry in SQLite, the model cloud, the clock, and everybody who works in it. */
export class World {
  readonly random: () => number;
  readonly time = new VirtualTime();
  readonly registry = new SqliteRegistry();
  readonly faults: FaultPlan;
  readonly cloud: ModelCloud;
  readonly trace: string[] = [];
  readonly problems: string[] = [];
  /** The names of stacks of which Cloudflare refused a call for good. */
  readonly refused = new Set<string>();
  /** What accounts are to be in the end, where it is not active. */
  readonly statuses = new Map<string, AccountStatus>();
  /** How many writes databases are to hold in the end, where it is not none. */
  readonly writes = new Map<string, number>();
  /** The bucket of exports. */
  readonly objects = new Map<string, Uint8Array>();
  readonly #watch = new RegistryWatch(this.registry);
  #drivers = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.faults = new FaultPlan(this.random);
    this.cloud = new ModelCloud(this.time, this.faults.listLagMs, this.random);
  }

  readonly saw = (driver: Driver, what: string, outcome: string): void => {
    this.tell(`${driver.name} ${what}${outcome === 'none' ? '' : ` [${outcome}]`}`);
    for (const problem of this.#watch.problems(driver, this.time.now())) this.report(problem);
    if (this.cloud.quota.exceeded) this.report('more than 1,200 API calls in five minutes');
  };

  tell(line: string): void {
    this.trace.push(`${this.time.now()} ${line}`);
  }

  report(problem: string): void {
    this.tell(`PROBLEM ${problem}`);
    this.problems.push(problem);
  }

  driver(name: string): Driver {
    this.#drivers += 1;
    return new Driver(this.#drivers, name, this);
  }

  /** Has work done by one driver after another until one has come to its end, as a client or an admin who tries again. */
  async persist<Result>(name: string, work: (driver: Driver) => Promise<Result>): Promise<Result> {
    for (;;) {
      const driver = this.driver(name);
      const death = new Promise<null>((resolve) => {
        driver.onDeath = () => resolve(null);
      });
      try {
        const done = await Promise.race([work(driver).then((result) => ({ result })), death]);
        if (done) return done.result;
      } catch (thrown) {
        this.tell(`${driver.name} threw ${String(thrown)}`);
      }
      await this.time.sleep(this.random() * 30_000);
    }
  }

  /** A Workflow: drives the operation to its end, unless it dies and nobody wakes it. */
  startWorkflow(operationId: string): void {
    const driver = this.driver('workflow');
    const restart = () => {
      if (this.random() < 0.5) this.time.after(this.random() * 60_000, () => this.startWorkflow(operationId));
    };
    driver.onDeath = restart;
    const run = async (): Promise<void> => {
      const outcome = await runOperation(this.ports(driver), operationId, 'workflow');
      if (outcome.finished) return;
      this.time.after(Math.max(0, outcome.availableAt - this.time.now()), () => void run().catch(restart));
    };
    run().catch(restart);
  }

  ports(driver: Driver): OperationPorts {
    const registry = this.registry.asD1(driver.gate);
    const budget = new ApiBudget(registry, this.time.now);
    return {
      registry,
      cloudflare: (caller) => this.#cloudflare(driver, budget, caller),
      releases: { bundle: async (releaseId) => bundleOf(releaseId) },
      platform: { issuer: 'https://platform.test', publicKeys: '{"keys":[]}' },
      accountWorkers: new ControlClient({
        requestId: driver.name,
        mintControlToken: async () => 'token',
        dispatch: (workerName, request) => this.#dispatch(driver, workerName, request),
      }),
      now: this.time.now,
      newId: driver.newId,
      random: this.random,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          this.time.after(ms, resolve);
          signal.addEventListener('abort', () => resolve());
        }),
      exports: new ExportStore(bucketOf(driver, this.objects)),
      signedFiles: new SignedFiles((url, init) => this.#sendFile(driver, url, init)),
      // No simulated account has files.
      files: { removeSlice: async () => true, copy: async () => false },
      log: ({ event, code, step }) => this.tell(`${driver.name} ${event} ${step ?? ''} ${code ?? ''}`),
    };
  }

  /** What carries rollouts on. */
  rolloutPorts(driver: Driver): RolloutDriverPorts {
    return { ...this.ports(driver), wait: (ms) => this.time.sleep(ms) };
  }

  #cloudflare(driver: Driver, budget: ApiBudget, caller: ApiCaller): CloudflareApi {
    const send = budgetedFetch(budget, caller, (url, init) => this.#send(driver, url, init));
    const fetch: ApiFetch = (url, init) => {
      // The SDK's own timeout runs on the real clock.
      const controller = new AbortController();
      const timeoutMs = TRANSFER.test(String(url)) ? TRANSFER_CALL_TIMEOUT_MS : API_CALL_TIMEOUT_MS;
      const timeout = new Promise<never>((_, reject) =>
        this.time.after(timeoutMs, () => {
          controller.abort();
          if (driver.alive) reject(new TypeError('The call took too long.'));
        }),
      );
      return Promise.race([send(url, { ...init, signal: controller.signal }), timeout]);
    };
    return new CloudflareApi({
      accountId: 'a',
      apiToken: 't',
      baseUrl: 'https://cloud.test/client/v4',
      customHostnameZoneId: 'z',
      fetch,
    });
  }

  async #send(driver: Driver, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = new URL(String(input));
    const body = await this.time.outside(readBody(init.body));
    const method = init.method ?? 'GET';
    this.cloud.quota.count(this.time.now());
    const name = OUR_NAME.exec(`${url} ${JSON.stringify(body)}`)?.[0] ?? this.cloud.nameIn(url) ?? '';
    return driver.call({
      outside: 'api',
      what: `${method} ${url.pathname} ${name}`,
      effect: () => this.cloud.answer(method, url, body),
      failure: (fault) => {
        if (fault === 'refused') this.refused.add(name);
        if (fault === 'refused') return failure(403, 10_000);
        return fault === 'rate-limited' ? failure(429, 10_000, { 'retry-after': '7' }) : failure(500, 7_500);
      },
    });
  }

  /** To a signed address: no call of the API. */
  async #sendFile(
    driver: Driver,
    url: string,
    { method = 'GET', body = null }: RequestInit,
  ): Promise<Response> {
    const text = await this.time.outside(new Response(body).text());
    return driver.call({
      ...{ outside: 'storage', what: `${method} ${url}` },
      effect: () => this.cloud.transfers.serve(method, url, text),
      failure: () => new Response(null, { status: 503 }),
    });
  }

  async #dispatch(driver: Driver, workerName: string, request: Request): Promise<Response> {
    const text = await this.time.outside(request.text());
    const call = `${request.method} ${new URL(request.url).pathname}`;
    return driver.call({
      outside: 'worker',
      what: `${call} ${workerName}`,
      effect: () => answerOrder(this.cloud, workerName, call, text === '' ? null : JSON.parse(text)),
      failure: () => {
        throw new Error('The Worker did not answer.');
      },
    });
  }
}

/** What a request carries: JSON, or of a form the part `metadata`. */
async function readBody(body: RequestInit['body']): Promise<unknown> {
  const part = body instanceof FormData ? body.get('metadata') : body;
  if (part === null || part === undefined) return null;
  return JSON.parse(part instanceof Blob ? await part.text() : String(part));
}
