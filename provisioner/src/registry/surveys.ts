import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { SqlCondition } from './events.ts';

/** How often the cron surveys a cell: every 5 minutes. */
export const SURVEY_EVERY_MS = 5 * 60_000;

/** How long a survey holds its cell without an end: 15 minutes, longer than a cron's run. Another takes over then. */
export const SURVEY_HELD_MS = 15 * 60_000;

/** A survey that this runner holds: every write of it carries the generation, and only the newest one writes. */
export interface HeldSurvey {
  readonly cell: string;
  readonly generation: number;
  /** The stack up to which the looks in turn have come. */
  readonly lookedUpTo: string;
  readonly startedAt: number;
}

export interface SurveyClaim {
  readonly cell: string;
  readonly now: number;
  /** Only where the time for the next one has come; the first time comes {@link SURVEY_EVERY_MS} after somebody asked first. */
  readonly onlyIfDue: boolean;
}

/** Takes the cell's survey. Null where another runner holds it, or it is not due: one of any number at once works. */
export async function claimSurvey(registry: D1Database, claim: SurveyClaim): Promise<HeldSurvey | null> {
  const { cell, now, onlyIfDue } = claim;
  const [, claimed] = await registry.batch<{ generation: number; looked_up_to: string }>([
    registry
      .prepare('INSERT INTO surveys (cell, due_at) VALUES (?, ?) ON CONFLICT (cell) DO NOTHING')
      .bind(cell, now + SURVEY_EVERY_MS),
    registry
      .prepare(
        `UPDATE surveys SET generation = generation + 1, held_until = ?3, due_at = ?4
         WHERE cell = ?1 AND held_until <= ?2 AND (due_at <= ?2 OR ?5 = 0) RETURNING generation, looked_up_to`,
      )
      .bind(cell, now, now + SURVEY_HELD_MS, now + SURVEY_EVERY_MS, onlyIfDue ? 1 : 0),
  ]);
  const row = claimed?.results[0];
  if (row === undefined) return null;
  return { cell, generation: row.generation, lookedUpTo: row.looked_up_to, startedAt: now };
}

/** Holds while no other runner has taken the survey over. */
export function stillHeld({ cell, generation }: HeldSurvey): SqlCondition {
  return {
    sql: 'EXISTS (SELECT 1 FROM surveys WHERE cell = ? AND generation = ?)',
    params: [cell, generation],
  };
}

export interface SurveyWrites {
  readonly statements: readonly D1PreparedStatement[];
  readonly lookedUpTo: string;
}

/** Writes what a survey found, all of it or nothing. The statements carry {@link stillHeld}. Error: `LEASE_LOST`. */
export async function recordSurvey(
  registry: D1Database,
  { cell, generation }: HeldSurvey,
  { statements, lookedUpTo }: SurveyWrites,
): Promise<void> {
  const results = await registry.batch([
    ...statements,
    registry
      .prepare('UPDATE surveys SET looked_up_to = ? WHERE cell = ? AND generation = ? RETURNING generation')
      .bind(lookedUpTo, cell, generation),
  ]);
  if (results.at(-1)?.results.length !== 1) throw new PlatformError('LEASE_LOST');
}

/** Lets the next survey begin; answers how many findings of the cell are open, by kind. */
export async function releaseSurvey(
  registry: D1Database,
  { cell, generation }: HeldSurvey,
  now: number,
): Promise<Record<string, number>> {
  const [, open] = await registry.batch<{ kind: string; count: number }>([
    registry
      .prepare('UPDATE surveys SET held_until = 0, finished_at = ? WHERE cell = ? AND generation = ?')
      .bind(now, cell, generation),
    registry
      .prepare(
        'SELECT kind, COUNT(*) AS count FROM findings WHERE cell = ? AND resolved_at IS NULL GROUP BY kind',
      )
      .bind(cell),
  ]);
  return Object.fromEntries((open?.results ?? []).map(({ kind, count }) => [kind, count]));
}
