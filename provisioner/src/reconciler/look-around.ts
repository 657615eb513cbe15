import type { AuditReport } from '#shared-schema/audit/audit.ts';
import type { CloudflareDatabase } from '../cloudflare/cloudflare-api.ts';
import { LIST_LAG_MS } from '../cloudflare/list-lag.ts';
import {
  type FindingDraft,
  type OpenFinding,
  openFindings,
  resolveFindings,
  writeFindings,
} from '../registry/findings.ts';
import {
  type Reread,
  readSurveyedStacks,
  rereadRegistry,
  type SurveyedStack,
} from '../registry/surveyed-stacks.ts';
import { type HeldSurvey, recordSurvey } from '../registry/surveys.ts';
import { chooseLooks } from './choose-looks.ts';
import { type CloudLists, compareLists, type Doubts, isOver } from './compare-lists.ts';
import { lookAtStack } from './look-at-stack.ts';
import { LOOK_FOR_MS, lookInTurn, withTokens } from './look-in-turn.ts';
import { type Orphan, orphanDraft, orphanSubject, ownerOf } from './orphan.ts';
import type { LookPorts } from './survey-ports.ts';

/** At how many new orphans one survey looks at most. Of more, the list is not believed before a later survey. */
const NEW_ORPHANS_PER_SURVEY = 10;

type Seen = Pick<AuditReport, 'stacks' | 'databases' | 'workers' | 'looked_into' | 'postponed'>;

/**
 * Reads the registry, then the cloud's lists, then what is in doubt or in turn by itself, then the registry again; and
 * records what disagreed before and after.
 */
export async function lookAround(ports: LookPorts, held: HeldSurvey): Promise<Seen> {
  const { registry, place, newId } = ports;
  const stacks = await readSurveyedStacks(registry, place.cell);
  const open = await openFindings(registry, place.cell);
  const lists = await readLists(ports, stacks);
  const doubts = compareLists(stacks, lists, held.startedAt);
  const looks = await lookAtStacks(ports, held, doubts, open);
  const orphans = await lookAtOrphans(ports, doubts, open);
  const ids = [...looks.seen.keys()].map(({ id }) => id);
  const after = await rereadRegistry(registry, {
    ids: [...ids, ...orphans.believed.map(({ name }) => ownerOf(name)?.id ?? '')],
    endedSince: held.startedAt - LIST_LAG_MS,
  });
  const sure = [...looks.seen].filter(([stack]) => isUnchanged(stack, after));
  const drafts = [
    ...sure.flatMap(([, found]) => found),
    ...orphans.believed.filter((orphan) => isNobodys(orphan, after, held.startedAt)).map(orphanDraft),
  ];
  const gone = noMoreSeen(open, { drafts, sure: sure.map(([{ id }]) => id), stacks });
  await recordSurvey(registry, held, {
    statements: [
      writeFindings(
        registry,
        held,
        drafts.map((draft) => ({ ...draft, id: newId() })),
      ),
      resolveFindings(registry, held, gone),
    ],
    lookedUpTo: looks.lookedUpTo,
  });
  return {
    ...{ stacks: stacks.length, databases: lists.databases.length, workers: lists.workers.length },
    looked_into: looks.seen.size,
    postponed: looks.postponed + orphans.postponed,
  };
}

async function readLists(ports: LookPorts, stacks: readonly SurveyedStack[]): Promise<CloudLists> {
  const { cloudflare, place, now } = ports;
  const deadline = now() + LOOK_FOR_MS;
  const databases: CloudflareDatabase[] = [];
  for (let page = 1, isLast = false; !isLast; page += 1) {
    const listed = await withTokens(() => cloudflare.listDatabases(page), deadline, ports);
    for (const database of listed.databases) databases.push(database);
    isLast = listed.isLast;
  }
  const namespaces = new Set([place.dispatchNamespace, ...stacks.map((stack) => stack.dispatch_namespace)]);
  const workers = [];
  for (const namespace of namespaces) {
    const listed = await withTokens(() => cloudflare.listAccountWorkers(namespace), deadline, ports);
    for (const worker of listed) workers.push({ ...worker, namespace });
  }
  return { databases, workers };
}

async function lookAtStacks(
  ports: LookPorts,
  { lookedUpTo }: HeldSurvey,
  { settled, databases, workers }: Doubts,
  open: readonly OpenFinding[],
) {
  const lastSeenAt = new Map(open.map(({ stack_id, last_seen_at }) => [stack_id, last_seen_at]));
  const ofDatabases = open.filter(({ kind }) => kind.startsWith('DATABASE_'));
  const doubtedBefore = new Set(ofDatabases.map(({ stack_id }) => stack_id));
  const { chosen, inTurn } = chooseLooks({
    ...{ settled, lookedUpTo },
    inDoubt: ({ id }) => databases.has(id) || workers.has(id) || lastSeenAt.has(id),
    lastSeenAt: ({ id }) => lastSeenAt.get(id),
  });
  const look = (stack: SurveyedStack) =>
    lookAtStack(stack, databases.has(stack.id) || doubtedBefore.has(stack.id), ports);
  const seen = await lookInTurn(chosen, look, ports);
  return {
    seen,
    postponed: chosen.length - seen.size,
    lookedUpTo: inTurn.findLast((stack) => seen.has(stack))?.id ?? lookedUpTo,
  };
}

/** The orphans that are findings already, and of the new ones those that are there themselves. */
async function lookAtOrphans(ports: LookPorts, { orphans }: Doubts, open: readonly OpenFinding[]) {
  const known = new Set(open.map(({ subject }) => subject));
  const unseen = orphans.filter((orphan) => !known.has(orphanSubject(orphan)));
  const chosen = unseen.slice(0, NEW_ORPHANS_PER_SURVEY);
  const there = await lookInTurn(chosen, (orphan) => isThere(orphan, ports), ports);
  const believed = orphans.filter((orphan) => known.has(orphanSubject(orphan)) || there.get(orphan) === true);
  return { believed, postponed: unseen.length - there.size };
}

/** Whether the resource itself is there as the list shows it. */
async function isThere({ kind, name, place, createdAt }: Orphan, { cloudflare }: LookPorts) {
  if (kind === 'ORPHAN_WORKER') return (await cloudflare.accountWorkerCreatedAt(place, name)) === createdAt;
  const database = await cloudflare.getDatabase(place);
  return database?.name === name && database.createdAt === createdAt;
}

/** Nothing worked on the stack between the two readings of the registry, nor does now. */
function isUnchanged({ id, updated_at, status }: SurveyedStack, { stacks }: Reread): boolean {
  const now = stacks.get(id);
  return now !== undefined && !now.at_work && now.updated_at === updated_at && now.status === status;
}

/** The registry has come to know nobody who needs it. */
function isNobodys({ name }: Orphan, { stacks, operations }: Reread, now: number): boolean {
  const owner = ownerOf(name);
  if (owner === null) return false;
  if (owner.of === 'operation') return !operations.has(owner.id);
  const stack = stacks.get(owner.id);
  return stack === undefined || isOver(stack, now);
}

interface SeenNow {
  readonly drafts: readonly FindingDraft[];
  /** The stacks that were looked at and did not change meanwhile. */
  readonly sure: readonly string[];
  readonly stacks: readonly SurveyedStack[];
}

/** The ids of the findings that are no more: their stack was found without, nobody wants it, or the orphan is gone. */
function noMoreSeen(open: readonly OpenFinding[], { drafts, sure, stacks }: SeenNow): string[] {
  const stillSeen = new Set(drafts.map(({ kind, subject }) => `${kind} ${subject}`));
  const looked = new Set(sure);
  const wanted = new Set(
    stacks.flatMap(({ id, status }) => (status === 'ready' || status === 'serving' ? [id] : [])),
  );
  const gone = open.filter(({ kind, subject, stack_id: stackId }) => {
    if (stillSeen.has(`${kind} ${subject}`)) return false;
    return stackId === null || looked.has(stackId) || !wanted.has(stackId);
  });
  return gone.map(({ id }) => id);
}
