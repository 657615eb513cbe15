import type { StackHealth, StackSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { releaseOfSchema } from '../registry/release-of-schema.ts';
import type { SurveyedStack } from '../registry/surveyed-stacks.ts';
import type { LookPorts } from './survey-ports.ts';

/** Names of objects, at most as many of each: a finding is no inventory. */
const NAMES_SHOWN = 20;

/** Where a database is not as its migrations leave one: names, and nothing of what is stored. */
export interface SchemaDrift {
  /** By `<type> <name>`. */
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  readonly extra: readonly string[];
  /** Rows of the ledger that are not of the release. */
  readonly migrations: readonly string[];
}

type SchemaPorts = Pick<LookPorts, 'accountWorkers' | 'releases' | 'registry' | 'log'>;

/**
 * Compares the stack's database with a fresh one of the same schema. Null where no release tells: the stack's is from before
 * releases did, or its schema is of such a one.
 */
export async function lookAtSchema(
  stack: SurveyedStack,
  health: StackHealth,
  ports: SchemaPorts,
): Promise<SchemaDrift | null> {
  const own = await bundleOf(stack.release_id, ports);
  if (own === null || !tellsSchema(own)) return null;
  const ahead = health.schema_version !== own.schema_version;
  const release = ahead ? await releaseOfSchema(ports.registry, health.schema_version) : stack.release_id;
  const expected = release === null ? null : await bundleOf(release, ports);
  const seen = await ports.accountWorkers.schema({ stackId: stack.id, workerName: stack.worker_name });
  // A schema that is of no release: somebody else wrote into the ledger.
  if (expected === null) return compareSchema(seen, own);
  return tellsSchema(expected) ? compareSchema(seen, expected) : null;
}

/** What a database has that the release's does not, and the other way round. */
export function compareSchema(
  { ledger, objects }: StackSchema,
  { migrations, schema }: Pick<ReleaseBundle, 'migrations' | 'schema'>,
): SchemaDrift {
  const expected = schema?.objects ?? {};
  const applied = new Map(ledger.map(({ name, checksum }) => [name, checksum]));
  const known = new Set(migrations.map(({ name }) => name));
  return {
    missing: Object.keys(expected).filter((name) => objects[name] === undefined),
    changed: Object.keys(expected).filter((name) => (objects[name] ?? expected[name]) !== expected[name]),
    extra: Object.keys(objects).filter((name) => expected[name] === undefined),
    migrations: [
      ...migrations.filter(({ name, checksum }) => applied.get(name) !== checksum).map(({ name }) => name),
      ...[...applied.keys()].filter((name) => !known.has(name)),
    ],
  };
}

/** The drift as a finding shows it: what there is none of is left out. Null where there is none at all. */
export function shownDrift(drift: SchemaDrift): Record<string, readonly string[]> | null {
  const some = Object.entries(drift).filter(([, names]) => names.length > 0);
  if (some.length === 0) return null;
  return Object.fromEntries(some.map(([what, names]) => [what, names.slice(0, NAMES_SHOWN)]));
}

/** A schema that is of other migrations than the release has tells nothing of it. */
function tellsSchema({ migrations, schema }: ReleaseBundle): boolean {
  return schema !== undefined && schema.after === migrations.at(-1)?.name;
}

/** Null where the store has lost the release: that is told in the log, and other looks go on. */
async function bundleOf(releaseId: string, { releases, log }: SchemaPorts): Promise<ReleaseBundle | null> {
  try {
    return await releases.bundle(releaseId);
  } catch (thrown) {
    if (!(thrown instanceof PlatformError) || thrown.code !== 'RELEASE_NOT_FOUND') throw thrown;
    log({ event: 'release-not-found', release_id: releaseId });
    return null;
  }
}
