import type { ControlClient } from '../account-worker/control-client.ts';
import type { ApiCaller } from '../api-budget/api-budget.ts';
import type { CloudflareApi } from '../cloudflare/cloudflare-api.ts';
import type { StackPlace } from '../registry/insert-stack.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import type { PlatformFacts } from '../steps/account-worker-facts.ts';

export type SurveyedCloud = Pick<
  CloudflareApi,
  | 'listDatabases'
  | 'listAccountWorkers'
  | 'getDatabase'
  | 'queryDatabase'
  | 'deleteDatabase'
  | 'accountWorkerCreatedAt'
  | 'accountWorkerSettings'
  | 'deleteAccountWorker'
  | 'getCustomHostname'
>;

/** Everything outside that a survey may touch. */
export interface SurveyPorts {
  readonly registry: D1Database;
  /** The Cloudflare API, for calls on this caller's account of the budget. */
  readonly cloudflare: (caller: ApiCaller) => SurveyedCloud;
  readonly accountWorkers: Pick<ControlClient, 'health' | 'schema'>;
  readonly releases: Pick<ReleaseStore, 'bundle'>;
  /** Which cell is surveyed, and the namespace of its new stacks. */
  readonly place: StackPlace;
  readonly platform: PlatformFacts;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly wait: (ms: number) => Promise<void>;
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

/** The ports of one survey: its calls are the fleet's. */
export interface LookPorts extends Omit<SurveyPorts, 'cloudflare'> {
  readonly cloudflare: SurveyedCloud;
}
