import type { HostnameSetup } from '#shared-schema/hostnames/hostname.ts';
import { type EventRecord, insertEvent, type SqlCondition } from './events.ts';
import { HOSTNAME_COLUMNS, type HostnameRow, toHostnameRow } from './hostnames.ts';

/**
 * A hostname that waits to be verified is looked at again after a tenth of the time that it waits already, in milliseconds:
 * one that was set up at once works at once, one that rests costs 48 API calls a day.
 */
const LOOK_AFTER_MS = { least: 5_000, most: 30 * 60_000 };

/** A hostname that waits to be verified, as Cloudflare knows it. */
export interface WaitingHostname extends HostnameRow {
  readonly custom_hostname_id: string;
}

/** Takes the hostnames that are to be looked at now: nobody else is given them until they are due again. */
export async function takeDueHostnames(
  registry: D1Database,
  now: number,
  limit: number,
): Promise<WaitingHostname[]> {
  const { least, most } = LOOK_AFTER_MS;
  const { results } = await registry
    .prepare(
      `UPDATE hostnames SET look_at = ?1 + MIN(${most}, MAX(${least}, CAST((?1 - created_at) / 10 AS INTEGER)))
       WHERE hostname IN (SELECT hostname FROM hostnames
         WHERE status = 'pending' AND custom_hostname_id IS NOT NULL AND look_at <= ?1 ORDER BY look_at LIMIT ?2)
       RETURNING ${HOSTNAME_COLUMNS}`,
    )
    .bind(now, limit)
    .all();
  return results.map(toHostnameRow).flatMap((row) => {
    const { custom_hostname_id } = row;
    return custom_hostname_id === null ? [] : [{ ...row, custom_hostname_id }];
  });
}

/** The hostname leads to its account from this write on, unless its removal began meanwhile. */
export async function activateHostname(
  registry: D1Database,
  hostname: WaitingHostname,
  event: EventRecord,
): Promise<void> {
  const waiting = stillWaiting(hostname);
  await registry.batch([
    insertEvent(registry, event, {
      ...waiting,
      sql: `EXISTS (SELECT 1 FROM hostnames WHERE ${waiting.sql})`,
    }),
    registry
      .prepare(`UPDATE hostnames SET status = 'active', setup = NULL, updated_at = ? WHERE ${waiting.sql}`)
      .bind(event.at, ...waiting.params),
  ]);
}

/** Notes what its owner has still to do. */
export async function noteSetup(
  registry: D1Database,
  hostname: WaitingHostname,
  setup: HostnameSetup,
): Promise<void> {
  const waiting = stillWaiting(hostname);
  await registry
    .prepare(`UPDATE hostnames SET setup = ? WHERE ${waiting.sql}`)
    .bind(JSON.stringify(setup), ...waiting.params)
    .run();
}

/** Of the table's row that was looked at: by now the name may be gone, or another account's. */
function stillWaiting({ hostname, custom_hostname_id }: WaitingHostname): SqlCondition {
  return {
    sql: `hostname = ? AND custom_hostname_id = ? AND status = 'pending'`,
    params: [hostname, custom_hostname_id],
  };
}
