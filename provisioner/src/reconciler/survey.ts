import type { AuditReport } from '#shared-schema/audit/audit.ts';
import { claimSurvey, releaseSurvey } from '../registry/surveys.ts';
import { beginRepairs } from './begin-repairs.ts';
import { lookAround } from './look-around.ts';
import { removeOrphans } from './remove-orphans.ts';
import type { SurveyPorts } from './survey-ports.ts';

export interface SurveyOrder {
  /** `reconciler` surveys only where it is due; `admin` whenever no other survey is under way. */
  readonly actor: 'reconciler' | 'admin';
  readonly repair: boolean;
  readonly removeOrphans: boolean;
  /** Look at every stack after this id, as far as one slice goes; null for some in doubt and some in turn. */
  readonly after: string | null;
}

/**
 * Compares what the registry asks for with what is in the cloud, records where they disagree, and repairs and removes
 * where it is asked to. Null where another survey of the cell is under way, or it is not time for one yet.
 *
 * Nothing is believed of a list alone, and nothing of what changed in the registry meanwhile (docs/decisions/0026).
 *
 * Errors: those of the Cloudflare API and of the registry; `LEASE_LOST` where it took so long that another took over.
 */
export async function survey(ports: SurveyPorts, order: SurveyOrder): Promise<AuditReport | null> {
  const { registry, place, now } = ports;
  const onlyIfDue = order.actor === 'reconciler';
  const held = await claimSurvey(registry, { cell: place.cell, now: now(), onlyIfDue });
  if (held === null) return null;
  let ended = false;
  try {
    // One turn for all surveys of the cell: one that gave up waiting must not stand before the next.
    const waiter = `survey:${held.cell}`;
    const cloudflare = ports.cloudflare({ cell: held.cell, lane: 'fleet', waiter });
    const seen = await lookAround({ ...ports, cloudflare }, held, order.after);
    const repairs = order.repair ? await beginRepairs(ports, held, order.actor) : [];
    const orphans = order.removeOrphans
      ? await removeOrphans({ ...ports, cloudflare }, held, order.actor)
      : { removed: [], kept: [] };
    ended = true;
    return { ...seen, open: await releaseSurvey(registry, held, now()), repairs, ...orphans };
  } finally {
    if (!ended) await releaseSurvey(registry, held, now());
  }
}
