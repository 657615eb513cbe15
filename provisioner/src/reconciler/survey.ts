import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { LIST_LAG_MS } from '../cloudflare/list-lag.ts';
import { type FindingDraft, openFindings, resolveFindings, writeFindings } from '../registry/findings.ts';
import {
  type Reread,
  readSurveyedStacks,
  rereadRegistry,
  type SurveyedStack,
} from '../registry/surveyed-stacks.ts';
import { claimSurvey, type HeldSurvey, recordSurvey, releaseSurvey } from '../registry/surveys.ts';
import { beginRepairs } from './begin-repairs.ts';
import { chooseLooks } from './choose-looks.ts';
import { type CloudLists, compareLists, isOver } from './compare-lists.ts';
import { lookAtStack } from './look-at-stack.ts';
import { LOOK_FOR_MS, lookInTurn, withTokens } from './look-in-turn.ts';
import { type Orphan, orphanDraft, orphanSubject, ownerOf } from './orphan.ts';
import { removeOrphans } from './remove-orphans.ts';
import type { SurveyedCloud, SurveyPorts } from './survey-ports.ts';

/** How many new orphans one survey looks at, at most, before it believes the list. */
const ORPHANS_LOOKED_AT = 10;

export interface SurveyOrder {
  /** `reconciler` only where a survey is due; `admin` whenever no other is under way. */
  readonly actor: 'reconciler' | 'admin';
  readonly repair: boolean;
  readonly removeOrphans: boolean;
}

/**
 * Compares what the registry asks for with what is in the cloud, records where they disagree, and repairs and removes
 * where it is asked to. Null where another survey of the cell is under way, or it is not time for one yet.
 *
 * Nothing is believed of a list alone, and nothing that changed in the registry meanwhile (docs/decisions/0026).
 *
 * Errors: those of the Cloudflare API and of the registry; `LEASE_LOST` where it took so long that another took over.
 */
export async function survey(ports: SurveyPorts, order: SurveyOrder): Promise<AuditReport | null> {
  const { registry, place } = ports;
  const onlyIfDue = order.actor === 'reconciler';
  const held = await claimSurvey(registry, { cell: place.cell, now: ports.now(), onlyIfDue });
  if (held === null) return null;
  let released = false;
  try {
    const cloudflare = ports.cloudflare({ cell: held.cell, lane: 'fleet', waiter: ports.newId() });
    const seen = await look(ports, cloudflare, held);
    const repairs = order.repair ? await beginRepairs(ports, held, order.actor) : [];
    const { removed, kept } = order.removeOrphans
      ? await removeOrphans(ports, cloudflare, held, order.actor)
      : { removed: [], kept: [] };
    released = true;
    return { ...seen, open: await releaseSurvey(registry, held, ports.now()), repairs, removed, kept };
  } finally {
    if (!released) await releaseSurvey(registry, held, ports.now());
  }
}

/** Looks at everything, and records what was found. */
async function look(ports: SurveyPorts, cloudflare: SurveyedCloud, held: HeldSurvey) {
  const { registry, place } = ports;
  const now = held.startedAt;
  const stacks = await readSurveyedStacks(registry, place.cell);
  const open = await openFindings(registry, place.cell);
  const lists = await readLists(ports, cloudflare, stacks);
  const { settled, databases, workers, orphans } = compareLists(stacks, lists, now);

  const lastSeenAt = new Map(open.map(({ stack_id, last_seen_at }) => [stack_id, last_seen_at]));
  const { chosen, inTurn } = chooseLooks({
    settled,
    inDoubt: ({ id }) => databases.has(id) || workers.has(id) || lastSeenAt.has(id),
    lastSeenAt: ({ id }) => lastSeenAt.get(id),
    lookedUpTo: held.lookedUpTo,
  });
  const doubtedBefore = new Set(
    open.filter(({ kind }) => kind.startsWith('DATABASE')).map(({ stack_id }) => stack_id),
  );
  const looked = await lookInTurn(
    chosen,
    (stack) =>
      lookAtStack(stack, databases.has(stack.id) || doubtedBefore.has(stack.id), { ...ports, cloudflare }),
    ports,
  );
  const openSubjects = new Set(open.map(({ subject }) => subject));
  const newOrphans = orphans
    .filter((orphan) => !openSubjects.has(orphanSubject(orphan)))
    .slice(0, ORPHANS_LOOKED_AT);
  const confirmed = await lookInTurn(newOrphans, (orphan) => isThere(orphan, cloudflare), ports);

  const after = await rereadRegistry(registry, {
    ids: [...looked.keys()].map(({ id }) => id).concat(orphans.map(({ name }) => ownerOf(name)?.id ?? '')),
    endedSince: now - LIST_LAG_MS,
  });
  const unchanged = [...looked].filter(([stack]) => isUnchanged(stack, after));
  const listed = orphans.filter((orphan) => isNobodys(orphan, after, now));
  const drafts: FindingDraft[] = [
    ...unchanged.flatMap(([, found]) => found),
    ...listed
      .filter((orphan) => openSubjects.has(orphanSubject(orphan)) || confirmed.get(orphan))
      .map(orphanDraft),
  ];
  const sure = new Set(unchanged.map(([{ id }]) => id));
  const wanted = new Set(
    stacks.filter(({ status }) => status === 'ready' || status === 'serving').map(({ id }) => id),
  );
  const stillSeen = new Set(drafts.map(({ kind, subject }) => `${kind} ${subject}`));
  const gone = open.filter(({ kind, subject, stack_id }) => {
    if (stillSeen.has(`${kind} ${subject}`)) return false;
    return stack_id === null || sure.has(stack_id) || !wanted.has(stack_id);
  });
  const lastInTurn = inTurn.findLast((stack) => looked.has(stack))?.id ?? held.lookedUpTo;
  await recordSurvey(registry, held, {
    statements: [
      writeFindings(
        registry,
        held,
        drafts.map((draft) => ({ ...draft, id: ports.newId() })),
      ),
      resolveFindings(
        registry,
        held,
        gone.map(({ id }) => id),
      ),
    ],
    lookedUpTo: lastInTurn,
  });
  return {
    stacks: stacks.length,
    databases: lists.databases.length,
    workers: lists.workers.length,
    looked_at: looked.size,
    postponed: chosen.length - looked.size + newOrphans.length - confirmed.size,
  };
}

async function readLists(
  ports: SurveyPorts,
  cloudflare: SurveyedCloud,
  stacks: readonly SurveyedStack[],
): Promise<CloudLists> {
  const deadline = ports.now() + LOOK_FOR_MS;
  const databases = await withTokens(() => cloudflare.listDatabases(), deadline, ports);
  const namespaces = new Set([
    ports.place.dispatchNamespace,
    ...stacks.map((stack) => stack.dispatch_namespace),
  ]);
  const workers = [];
  for (const namespace of namespaces) {
    const listed = await withTokens(() => cloudflare.listAccountWorkers(namespace), deadline, ports);
    for (const worker of listed) workers.push({ ...worker, namespace });
  }
  return { databases, workers };
}

/** Whether the resource itself is there as the list shows it. */
async function isThere(
  { kind, name, place, createdAt }: Orphan,
  cloudflare: SurveyedCloud,
): Promise<boolean> {
  if (kind === 'ORPHAN_WORKER') return (await cloudflare.accountWorkerCreatedAt(place, name)) === createdAt;
  const database = await cloudflare.getDatabase(place);
  return database?.name === name && database.createdAt === createdAt;
}

/** Nothing worked on the stack between the two readings of the registry, nor does now. */
function isUnchanged({ id, updated_at, status }: SurveyedStack, { stacks }: Reread): boolean {
  const now = stacks.get(id);
  return now !== undefined && !now.at_work && now.updated_at === updated_at && now.status === status;
}

function isNobodys({ name }: Orphan, { stacks, operations }: Reread, now: number): boolean {
  const owner = ownerOf(name);
  if (owner === null) return false;
  if (owner.of === 'operation') return !operations.has(owner.id);
  const stack = stacks.get(owner.id);
  return stack === undefined || isOver(stack, now);
}
