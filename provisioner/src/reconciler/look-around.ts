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
  sharedDatabases,
} from '../registry/surveyed-stacks.ts';
import { type HeldSurvey, recordSurvey } from '../registry/surveys.ts';
import { chooseLooks, nextSlice } from './choose-looks.ts';
import { type CloudLists, compareLists, type Doubts, isOver } from './compare-lists.ts';
import { lookAtStack, type StackLook } from './look-at-stack.ts';
import { LOOK_FOR_MS, lookInTurn, withTokens } from './look-in-turn.ts';
import { isWorker, type Orphan, orphanDraft, orphanSubject, ownerOf } from './orphan.ts';
import type { LookPorts } from './survey-ports.ts';

/** At how many new orphans one survey looks at most. Of more, the list is not believed before a later survey. */
const NEW_ORPHANS_PER_SURVEY = 10;

/** For how long one slice of a whole audit looks at stacks, and then at orphans: 20 seconds each. Somebody waits for its answer. */
const SLICE_FOR_MS = 20_000;

type Seen = Omit<AuditReport, 'open' | 'repairs' | 'removed' | 'kept'>;

/**
 * Reads the registry, then the cloud's lists, then what is in doubt or in turn by itself, then the registry again; and
 * records what disagreed before and after.
 */
export async function lookAround(
  ports: LookPorts,
  held: HeldSurvey,
  sliceAfter: string | null,
): Promise<Seen> {
  const { registry, place, newId } = ports;
  const stacks = await readSurveyedStacks(registry, place.cell);
  const shared = await sharedDatabases(registry);
  const open = await openFindings(registry, place.cell);
  const lists = await readLists(ports, stacks);
  const doubts = compareLists(stacks, lists, held.startedAt);
  const sharedWith = ({ id, database_id }: SurveyedStack) =>
    (shared.get(database_id ?? '') ?? []).filter((other) => other !== id);
  const looks = await lookAtStacks(ports, held, { ...doubts, sharedWith, open, sliceAfter });
  const orphans = await lookAtOrphans(ports, doubts, open, sliceAfter);
  const ids = [...looks.seen.keys()].map(({ id }) => id);
  const after = await rereadRegistry(registry, {
    ids: [...ids, ...orphans.believed.map(({ name }) => ownerOf(name)?.id ?? '')],
    endedSince: held.startedAt - LIST_LAG_MS,
  });
  const sure = [...looks.seen].filter(([stack]) => isUnchanged(stack, after));
  const drafts = [
    ...sure.flatMap(([, { found }]) => found),
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
    settled: doubts.settled.length,
    unsettled: stacks.filter(({ status }) => status !== 'retired').length - doubts.settled.length,
    looked_into: sure.length,
    schemas_compared: sure.filter(([, { schemaCompared }]) => schemaCompared).length,
    postponed: looks.postponed + orphans.postponed + looks.seen.size - sure.length,
    next_after: looks.nextAfter ?? (orphans.hadNoTurn ? looks.reached : null),
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

interface StacksToLookAt extends Doubts {
  readonly sharedWith: (stack: SurveyedStack) => readonly string[];
  readonly open: readonly OpenFinding[];
  readonly sliceAfter: string | null;
}

interface StacksSeen {
  readonly seen: ReadonlyMap<SurveyedStack, StackLook>;
  readonly postponed: number;
  /** Where the looks in turn of the next survey go on. */
  readonly lookedUpTo: string;
  /** The last stack of this slice, and where the next one goes on: null after the last. */
  readonly reached: string | null;
  readonly nextAfter: string | null;
}

async function lookAtStacks(
  ports: LookPorts,
  { lookedUpTo }: HeldSurvey,
  { settled, databases, workers, sharedWith, open, sliceAfter }: StacksToLookAt,
): Promise<StacksSeen> {
  const lastSeenAt = new Map(open.map(({ stack_id, last_seen_at }) => [stack_id, last_seen_at]));
  const ofDatabases = open.filter(({ kind }) => kind.startsWith('DATABASE_'));
  const doubtedBefore = new Set(ofDatabases.map(({ stack_id }) => stack_id));
  const look = (stack: SurveyedStack) => {
    const database = databases.has(stack.id) || doubtedBefore.has(stack.id);
    return lookAtStack(stack, { database, sharedWith: sharedWith(stack) }, ports);
  };
  if (sliceAfter !== null) {
    const { chosen, isLast } = nextSlice(settled, sliceAfter);
    const { seen, passedOver } = await lookInTurn(chosen, look, ports, SLICE_FOR_MS);
    const isThrough = seen.size + passedOver.length === chosen.length;
    const reached =
      chosen.findLast((stack) => seen.has(stack) || passedOver.includes(stack))?.id ?? sliceAfter;
    const nextAfter = isThrough && isLast ? null : reached;
    return { seen, postponed: passedOver.length, lookedUpTo, reached, nextAfter };
  }
  const { chosen, inTurn } = chooseLooks({
    ...{ settled, lookedUpTo },
    inDoubt: (stack) =>
      databases.has(stack.id) ||
      workers.has(stack.id) ||
      lastSeenAt.has(stack.id) ||
      sharedWith(stack).length > 0,
    lastSeenAt: ({ id }) => lastSeenAt.get(id),
  });
  const { seen } = await lookInTurn(chosen, look, ports);
  return {
    seen,
    postponed: chosen.length - seen.size,
    lookedUpTo: inTurn.findLast((stack) => seen.has(stack))?.id ?? lookedUpTo,
    ...{ reached: null, nextAfter: null },
  };
}

/** The orphans that are findings already, and of the new ones those that are there themselves. */
async function lookAtOrphans(
  ports: LookPorts,
  { orphans }: Doubts,
  open: readonly OpenFinding[],
  sliceAfter: string | null,
) {
  const known = new Set(open.map(({ subject }) => subject));
  const unseen = orphans.filter((orphan) => !known.has(orphanSubject(orphan)));
  const whole = sliceAfter !== null;
  const chosen = whole ? unseen : unseen.slice(0, NEW_ORPHANS_PER_SURVEY);
  const look = (orphan: Orphan) => isThere(orphan, ports);
  const { seen, passedOver } = await lookInTurn(chosen, look, ports, whole ? SLICE_FOR_MS : LOOK_FOR_MS);
  const believed = orphans.filter((orphan) => known.has(orphanSubject(orphan)) || seen.get(orphan) === true);
  const hadNoTurn = chosen.length > seen.size + passedOver.length;
  return { believed, postponed: whole ? passedOver.length : unseen.length - seen.size, hadNoTurn };
}

/** Whether the resource itself is there as the list shows it. */
async function isThere(orphan: Orphan, { cloudflare }: LookPorts) {
  const { name, place, createdAt } = orphan;
  if (isWorker(orphan)) return (await cloudflare.accountWorkerCreatedAt(place, name)) === createdAt;
  const database = await cloudflare.getDatabase(place);
  return database?.name === name && database.createdAt === createdAt;
}

/** Nothing worked on the stack between the two readings of the registry, nor does now. */
function isUnchanged({ id, updated_at, status }: SurveyedStack, { stacks }: Reread): boolean {
  const now = stacks.get(id);
  return now !== undefined && !now.at_work && now.updated_at === updated_at && now.status === status;
}

/** The registry has come to know nobody who needs it. */
function isNobodys({ kind, name }: Orphan, { stacks, operations }: Reread, now: number): boolean {
  if (kind === 'UNKNOWN_WORKER') return true;
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
