import * as z from 'zod';
import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { findingKindSchema, ORPHAN_FINDINGS, type OrphanKind } from '#shared-schema/audit/finding.ts';
import { LIST_LAG_MS } from '../cloudflare/list-lag.ts';
import { insertEvent, type SqlCondition } from '../registry/events.ts';
import { resolveFindings } from '../registry/findings.ts';
import { ABANDONED } from '../registry/surveyed-stacks.ts';
import { type HeldSurvey, stillHeld } from '../registry/surveys.ts';
import { holdsData } from './holds-data.ts';
import { lookInTurn } from './look-in-turn.ts';
import { type NameOwner, type Orphan, ownerOf } from './orphan.ts';
import type { LookPorts, SurveyedCloud } from './survey-ports.ts';

/** An orphan is not removed before it has been one for 24 hours. */
export const ORPHAN_SAFETY_AGE_MS = 24 * 60 * 60_000;

/** Nor before as many surveys saw it. */
const ORPHAN_SURVEYS = 2;

/** How many orphans one survey removes, at most. */
export const REMOVALS_PER_SURVEY = 10;

const candidateSchema = z.object({
  id: z.string(),
  kind: findingKindSchema.extract(Object.keys(ORPHAN_FINDINGS) as [OrphanKind, ...OrphanKind[]]), // the keys of that table
  subject: z.string(),
  seen: z
    .string()
    .transform((text) =>
      z
        .object({ name: z.string(), place: z.string(), created_at: z.string().nullable() })
        .parse(JSON.parse(text)),
    ),
});
type Candidate = z.infer<typeof candidateSchema>;

type Outcome = 'REMOVED' | 'GONE' | AuditReport['kept'][number]['reason'];

/**
 * Removes what this survey saw, and others at least {@link ORPHAN_SAFETY_AGE_MS} ago. Each is looked at itself right before,
 * and the registry is asked once more in the very write that allows its deletion. What may hold somebody's data stays.
 */
export async function removeOrphans(
  ports: LookPorts,
  held: HeldSurvey,
  actor: string,
): Promise<Pick<AuditReport, 'removed' | 'kept'>> {
  // Workers first: whose Worker is gone, writes into no database while it goes.
  const { results } = await ports.registry
    .prepare(
      `SELECT id, kind, subject, seen FROM findings WHERE cell = ? AND resolved_at IS NULL AND stack_id IS NULL
       AND kind <> 'UNKNOWN_WORKER' AND last_seen_at = ? AND first_seen_at <= ? AND surveys >= ${ORPHAN_SURVEYS}
       ORDER BY kind = 'ORPHAN_WORKER' DESC, id LIMIT ${REMOVALS_PER_SURVEY}`,
    )
    .bind(held.cell, held.startedAt, held.startedAt - ORPHAN_SAFETY_AGE_MS)
    .all();
  const candidates = results.map((row) => candidateSchema.parse(row));
  const { seen: outcomes } = await lookInTurn(
    candidates,
    (candidate) => remove(ports, held, { ...candidate, actor }),
    ports,
  );
  const removed: string[] = [];
  const kept: AuditReport['kept'] = [];
  for (const [{ subject }, outcome] of outcomes) {
    if (outcome === 'REMOVED') removed.push(subject);
    else if (outcome !== 'GONE') kept.push({ subject, reason: outcome });
  }
  return { removed, kept };
}

async function remove(
  ports: LookPorts,
  held: HeldSurvey,
  candidate: Candidate & { readonly actor: string },
): Promise<Outcome> {
  const { registry, cloudflare } = ports;
  const { id, kind, seen } = candidate;
  const orphan: Orphan = { kind, name: seen.name, place: seen.place, createdAt: seen.created_at };
  const owner = ownerOf(orphan.name);
  if (owner === null) return 'CHANGED';
  const state = await stateOf(orphan, cloudflare);
  if (state !== 'AS_SEEN') {
    if (state === 'GONE') await resolveFindings(registry, held, [id]).run();
    return state;
  }
  for (const databaseId of await databasesOf(orphan, cloudflare)) {
    if (await holdsData(registry, cloudflare, databaseId, owner.id)) return 'HOLDS_DATA';
  }
  if (!(await allowRemoval(ports, held, candidate, owner))) return 'KNOWN';
  if (kind === 'ORPHAN_WORKER') await cloudflare.deleteAccountWorker(orphan.place, orphan.name);
  else await cloudflare.deleteDatabase(orphan.place);
  return 'REMOVED';
}

async function stateOf({ kind, name, place, createdAt }: Orphan, cloudflare: SurveyedCloud) {
  const now =
    kind === 'ORPHAN_WORKER'
      ? { name, createdAt: await cloudflare.accountWorkerCreatedAt(place, name) }
      : await cloudflare.getDatabase(place);
  if (now === null || (kind === 'ORPHAN_WORKER' && now.createdAt === null)) return 'GONE';
  return now.name === name && now.createdAt === createdAt ? 'AS_SEEN' : 'CHANGED';
}

/** The databases with which somebody's data would go or be out of reach. A scratch database is a copy of what is kept. */
async function databasesOf({ kind, name, place }: Orphan, cloudflare: SurveyedCloud): Promise<string[]> {
  if (kind === 'ORPHAN_SCRATCH_DATABASE') return [];
  if (kind === 'ORPHAN_DATABASE') return [place];
  const settings = await cloudflare.accountWorkerSettings(place, name);
  return (settings?.bindings ?? []).flatMap(({ database_id }) => database_id ?? []);
}

/**
 * Resolves the finding and tells of the removal, where the registry still knows nobody who needs the resource. Written before
 * the deletion: one that is cut short leaves an orphan that is found anew, and no deletion is without its event.
 */
async function allowRemoval(
  { registry, newId, now }: LookPorts,
  held: HeldSurvey,
  { id, kind, subject, seen, actor }: Candidate & { readonly actor: string },
  owner: NameOwner,
): Promise<boolean> {
  const [fence, nobodys] = [stillHeld(held), isNobodys(owner, kind, seen.place, now())];
  const at = now();
  const [allowed] = await registry.batch([
    registry
      .prepare(
        `UPDATE findings SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL
         AND ${fence.sql} AND ${nobodys.sql} RETURNING id`,
      )
      .bind(at, id, ...fence.params, ...nobodys.params),
    insertEvent(
      registry,
      {
        ...{ id: newId(), at, actor, action: 'orphan.removed', targetKind: 'finding', targetId: id },
        ...{ requestId: null, before: { kind, subject, ...seen }, after: null },
      },
      // In this transaction: a finding is resolved once, and while the survey is held by nobody else.
      {
        sql: `EXISTS (SELECT 1 FROM findings WHERE id = ? AND resolved_at = ?) AND ${fence.sql}`,
        params: [id, at, ...fence.params],
      },
    ),
  ]);
  return allowed?.results.length === 1;
}

/** Holds where no stack or operation of the registry needs the resource. */
function isNobodys({ of, id }: NameOwner, kind: OrphanKind, place: string, now: number): SqlCondition {
  if (of === 'operation') {
    return {
      sql: `NOT EXISTS (SELECT 1 FROM operations WHERE id = ? AND (status IN ('pending', 'running') OR finished_at > ?))`,
      params: [id, now - LIST_LAG_MS],
    };
  }
  return {
    sql: `NOT EXISTS (SELECT 1 FROM stacks WHERE (id = ? OR database_id = ?) AND NOT ${ABANDONED})`,
    params: [id, kind === 'ORPHAN_WORKER' ? '' : place],
  };
}
