import type * as z from 'zod';
import type { faultOptionsSchema } from './faults/fault-rule.ts';

type FaultOptions = z.output<typeof faultOptionsSchema>;

/**
 * What the host binds to the cloud's Worker. Beside these, the env holds one D1 binding per database slot
 * (`DB_<n>`) and one per database that a hosted Worker declares (`HOSTED_<uuid with underscores>`).
 */
export interface Env {
  /** Databases, namespaces and scripts: everything but module contents. */
  STATE: D1Database;
  /** Script modules, addressed by the SHA-256 of their content. */
  MODULES: R2Bucket;
  LOADER: WorkerLoader;
  /** One `ScriptIsolate` per version of a script in use. */
  ISOLATES: ColoLocalActorNamespace;
  /** The host's Time Travel: what it takes is in `d1/time-travel-client.ts`. */
  TIME_TRAVEL: Fetcher;
  /** Told of each deployment of an ordinary Worker. */
  DEPLOYMENTS: Fetcher;
  /** The host's own: takes secrets of hosted Workers, see `host/secret-service.ts`. */
  HOSTED_SECRETS: Fetcher;
  ACCOUNT_ID: string;
  API_TOKEN: string;
  DATABASE_SLOTS: number;
  HOSTED_DATABASES: { uuid: string; name: string }[];
  DISPATCH_NAMESPACES: string[];
  ZONES: Zone[];
  /** Null where the cloud was started without faults. */
  FAULTS: FaultOptions | null;
}

/** A domain whose traffic the cloud serves. */
export interface Zone {
  id: string;
  name: string;
}
