import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { CloudflareDatabase } from '../cloudflare/cloudflare-api.ts';
import { LIST_LAG_MS } from '../cloudflare/list-lag.ts';
import type { ListedWorker } from '../cloudflare/worker-answers.ts';
import type { SurveyedStack } from '../registry/surveyed-stacks.ts';
import { accountWorkerTags } from '../steps/account-worker-facts.ts';
import { type Orphan, orphanDatabase, orphanWorker, ownerOf } from './orphan.ts';

/** What Cloudflare's lists show. */
export interface CloudLists {
  readonly databases: readonly CloudflareDatabase[];
  readonly workers: readonly (ListedWorker & { readonly namespace: string })[];
}

/** What a list alone can tell: it may be stale, so that each of these is looked at singly before it is believed. */
export interface Doubts {
  /** The stacks that should be whole now. */
  readonly settled: readonly SurveyedStack[];
  /** Of those, the ones whose database is not listed as it should be. */
  readonly databases: ReadonlySet<string>;
  /** And those whose Worker is not. */
  readonly workers: ReadonlySet<string>;
  /** Listed under a name of ours, and of no use to a stack of the registry. */
  readonly orphans: readonly Orphan[];
}

/** Compares what the registry knew before the lists were read with what they show. */
export function compareLists(
  stacks: readonly SurveyedStack[],
  { databases, workers }: CloudLists,
  now: number,
): Doubts {
  const settled = stacks.filter((stack) => isSettled(stack, now));
  const known = new Map(stacks.filter((stack) => !isOver(stack, now)).map((stack) => [stack.id, stack]));
  const inUse = new Set([...known.values()].map(({ database_id }) => database_id));
  const databaseById = new Map(databases.map((database) => [database.id, database]));
  const workerByPlace = new Map(workers.map((worker) => [`${worker.namespace}/${worker.name}`, worker]));
  return {
    settled,
    databases: idsOf(settled, (stack) => !isItsDatabase(stack, databaseById.get(stack.database_id ?? ''))),
    workers: idsOf(
      settled,
      (stack) => !isItsWorker(stack, workerByPlace.get(`${stack.dispatch_namespace}/${stack.worker_name}`)),
    ),
    orphans: [
      ...databases.filter(({ id }) => !inUse.has(id)).map(orphanDatabase),
      ...workers.map(orphanWorker),
    ].flatMap((orphan) => (orphan === null || known.has(ownerOf(orphan.name)?.id ?? '') ? [] : [orphan])),
  };
}

/** Ready or serving, with nothing at work on it, for longer than a list may lag. */
export function isSettled({ status, at_work, updated_at }: SurveyedStack, now: number): boolean {
  return (status === 'ready' || status === 'serving') && !at_work && updated_at <= now - LIST_LAG_MS;
}

/** Abandoned, for longer than a list may lag. */
export function isOver({ abandoned, updated_at }: SurveyedStack, now: number): boolean {
  return abandoned && updated_at <= now - LIST_LAG_MS;
}

function isItsDatabase({ id, residency }: SurveyedStack, database: CloudflareDatabase | undefined): boolean {
  return database?.name === stackResourceName(id) && database.jurisdiction === residency;
}

function isItsWorker(stack: SurveyedStack, worker: ListedWorker | undefined): boolean {
  if (worker === undefined) return false;
  return worker.tags === null || sameTags(worker.tags, accountWorkerTags(stack));
}

/** Whether both name the same tags, in whatever order. */
export function sameTags(tags: readonly string[], others: readonly string[]): boolean {
  return tags.length === others.length && others.every((tag) => tags.includes(tag));
}

function idsOf(stacks: readonly SurveyedStack[], holds: (stack: SurveyedStack) => boolean): Set<string> {
  return new Set(stacks.filter(holds).map(({ id }) => id));
}
