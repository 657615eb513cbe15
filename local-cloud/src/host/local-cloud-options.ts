import type * as z from 'zod';
import type { faultOptionsSchema } from '../worker/faults/fault-rule.ts';

/** What a local cloud is started with. */
export interface LocalCloudOptions {
  /** All state lies here and survives `kill -9`. One local cloud may use it at a time. */
  dataDir: string;
  /** Default is '127.0.0.1'. */
  host?: string;
  /** 0 takes any free port. */
  apiPort: number;
  accountId: string;
  apiToken: string;
  /** Databases that can be held. Default is 1000; grows by itself at start, see `spareDatabaseSlots`. */
  databaseSlots?: number;
  /** Slots that are free after a start, whatever is in use. Default is 500. */
  spareDatabaseSlots?: number;
  /** Ensured at start. */
  dispatchNamespaces?: string[];
  /** Ordinary Workers hosted beside, each on its own port. */
  workers?: HostedWorker[];
  /** Ports for ordinary Workers that are uploaded by the API: each runs on its port as soon as it was uploaded. */
  deployed?: { name: string; port: number }[];
  /** Domains of the account: what custom hostnames belong to. */
  zones?: Zone[];
  /** For tests: switches on faults, the call log and the routes that control them. `{}` begins without any fault. */
  faults?: FaultOptions;
  /** A socket straight into the dispatcher, the script named in `x-local-cloud-script: <namespace>/<script>`. */
  dispatchPort?: number;
  /** How often the crons of hosted Workers run. Default is 60000 (1 minute). */
  cronEveryMs?: number;
  /** How often databases are looked at for Time Travel, beside when the API is asked. Default is 1000 (1 second). */
  timeTravelEveryMs?: number;
  /** Done once the API answers and before the first cron: the place to migrate a hosted Worker's database. */
  beforeCrons?: (apiUrl: string) => Promise<void>;
}

/** A domain: the id as Cloudflare would give it, and the name. */
export interface Zone {
  id: string;
  name: string;
}

/** Faults in force from the start, and the API's quota. */
export type FaultOptions = z.input<typeof faultOptionsSchema>;

/** An ordinary Worker as it would be deployed to production. */
export interface HostedWorker {
  name: string;
  /** 0 takes any free port. */
  port: number;
  /** The Worker's `wrangler.jsonc`. */
  configPath: string;
  /** What `wrangler deploy --dry-run --outdir` wrote. */
  bundleDir: string;
  /** Id of the zone it serves: then it gets requests for the zone, this machine and active custom hostnames only. */
  zone?: string;
  /** Added to the vars of the config, or in their place. Secrets go here. */
  vars?: Record<string, string>;
  /** Takes a secret that the API is given for the Worker, to start it with from then on. Without it there is no such Worker. */
  onSecret?: (name: string, text: string) => Promise<void>;
  /** In place of the limits of the config, by binding. Periods are seconds. */
  rateLimits?: Record<string, RateLimit>;
}

/** `limit` calls in `period` seconds. */
export interface RateLimit {
  limit: number;
  period: 10 | 60;
}

/** A running local cloud. */
export interface LocalCloud {
  /** For `CLOUDFLARE_API_BASE_URL` and the SDK's `baseURL`. */
  apiUrl: string;
  /** Where tests control faults and read the call log. Present when `faults` was given. */
  controlUrl?: string;
  /** Present when `dispatchPort` was given. */
  dispatchUrl?: string;
  /** By name. Those of `deployed` too, which answer there once they are uploaded. */
  workers: Record<string, { url: string }>;
  /** Runs the `scheduled` handler now: for one cron expression, or for each of the Worker's. Rejects when it failed. */
  runCron(workerName: string, cron?: string): Promise<void>;
  /** Ends everything. Safe to repeat. */
  stop(): Promise<void>;
}
