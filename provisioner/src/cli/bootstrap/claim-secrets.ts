import { v7 as uuidV7 } from 'uuid';
import { API_CALL_TIMEOUT_MS } from '#provisioner/cloudflare/api-call-timeout.ts';
import { CliError } from '../cli-error.ts';
import type { Setup } from './bootstrap-step.ts';

/** How long a run that says nothing more keeps others from setting secrets: 1 minute. */
const CLAIM_MS = 60_000;

/** The registry's clock, for operators' machines have clocks of their own. */
const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

const INSERT = `INSERT INTO events (id, at, actor, action, target_kind, target_id, request_id, before, after)`;

const CLAIM_SQL = `${INSERT}
  SELECT ?1, ${NOW}, 'bootstrap', 'set-secrets.began', 'worker', ?2, NULL, NULL, NULL WHERE NOT EXISTS (
    SELECT 1 FROM events AS began WHERE began.action = 'set-secrets.began' AND began.target_id = ?2
      AND began.at > ${NOW} - ${CLAIM_MS} AND NOT EXISTS (
        SELECT 1 FROM events AS ended WHERE ended.action = 'set-secrets.ended' AND ended.after ->> '$.began' = began.id))
  RETURNING id`;

const END_SQL = `${INSERT}
  VALUES (?1, ${NOW}, 'bootstrap', 'set-secrets.ended', 'worker', ?2, NULL, NULL, json_object('began', ?3))`;

/** Sets one secret. Error: `BOOTSTRAP_OVERTAKEN` where the claim may be over before the call is. */
export type SetSecret = (name: string, text: string) => Promise<void>;

/**
 * Has one run at a time set the platform's secrets: Cloudflare has no "set if missing", but D1 runs statement after statement. Whoever
 * writes the event first has the claim, until `set` has ended or a minute is over.
 *
 * Error: `BOOTSTRAP_OVERTAKEN` where another run has it.
 */
export async function claimSecrets(
  { account, config, facts }: Setup,
  set: (setSecret: SetSecret) => Promise<void>,
): Promise<void> {
  const { registryId } = facts;
  if (registryId === undefined) throw new TypeError('There is no registry to claim in.');
  const id = uuidV7();
  const claimedAt = performance.now();
  const won = await account.query(registryId, CLAIM_SQL, [id, config.name]);
  if (won.length === 0) throw overtaken(config.name);
  const setSecret: SetSecret = async (name, text) => {
    if (performance.now() - claimedAt > CLAIM_MS - API_CALL_TIMEOUT_MS) throw overtaken(config.name);
    await account.putSecret(config.name, name, text);
  };
  try {
    await set(setSecret);
  } finally {
    // Where that cannot be told, the claim runs out by itself; what `set` came to is what matters.
    await Promise.allSettled([account.query(registryId, END_SQL, [uuidV7(), config.name, id])]);
  }
}

/** What a run is told that another one was faster than. */
export function overtaken(worker: string): CliError {
  return new CliError({
    code: 'BOOTSTRAP_OVERTAKEN',
    message: `Another bootstrap is setting the secrets of ${worker}, or has just set them.`,
    next: 'Let it finish, then run this again: it goes on from there. Where nobody else is at it, a run has died: wait a minute.',
  });
}
