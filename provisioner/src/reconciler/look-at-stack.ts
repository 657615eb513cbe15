import type { StackFindingKind } from '#shared-schema/audit/finding.ts';
import type { StackHealth } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import type { AccountWorkerSettings } from '../cloudflare/worker-answers.ts';
import type { FindingDraft } from '../registry/findings.ts';
import type { SurveyedStack } from '../registry/surveyed-stacks.ts';
import {
  accountWorkerTags,
  accountWorkerTexts,
  type PlatformFacts,
  trustsOnly,
} from '../steps/account-worker-facts.ts';
import { sameTags } from './compare-lists.ts';
import { lookAtSchema, shownDrift } from './look-at-schema.ts';
import { secretBindings } from './secret-bindings.ts';
import type { LookPorts } from './survey-ports.ts';

type StackPorts = Omit<LookPorts, 'now' | 'wait' | 'newId' | 'place'>;

type Details = Readonly<Record<string, unknown>>;

/** What the lists and the registry alone cast doubt on. */
export interface StackDoubts {
  readonly database: boolean;
  /** The other stacks whose rows name the same database. */
  readonly sharedWith: readonly string[];
}

export interface StackLook {
  readonly found: readonly FindingDraft[];
  /** Whether the schema was compared with its release's: not where something else is wrong, or no release tells. */
  readonly schemaCompared: boolean;
}

/**
 * Everything that is wrong with one stack, from the resources themselves and not from a list: its Worker's bindings and
 * tags, what the Worker says of itself and of its schema, and its database where that is in doubt. One API call, two with the
 * database.
 */
export async function lookAtStack(
  stack: SurveyedStack,
  doubts: StackDoubts,
  ports: StackPorts,
): Promise<StackLook> {
  const { cloudflare, platform } = ports;
  const settings = await cloudflare.accountWorkerSettings(stack.dispatch_namespace, stack.worker_name);
  const found = [
    ...compareRows(stack, doubts),
    ...(doubts.database ? await lookAtDatabase(stack, ports) : []),
    ...compareWorker(stack, settings, platform),
  ];
  // What a Worker says of another database than its own, or of none, is no news of the stack.
  const speaksForItself = found.every(({ kind }) => kind === 'WORKER_TAGS');
  if (!speaksForItself) return { found, schemaCompared: false };
  const asked = await askWorker(stack, ports);
  return { ...asked, found: [...found, ...asked.found] };
}

function compareRows(stack: SurveyedStack, { sharedWith }: StackDoubts): FindingDraft[] {
  if (sharedWith.length === 0) return [];
  const { database_id } = stack;
  return [draft(stack, 'DATABASE_SHARED', { database_id }, { also_of: sharedWith })];
}

async function lookAtDatabase(stack: SurveyedStack, { cloudflare }: StackPorts): Promise<FindingDraft[]> {
  const { id, database_id, residency } = stack;
  const database = database_id === null ? null : await cloudflare.getDatabase(database_id);
  if (database === null) return [draft(stack, 'DATABASE_MISSING', { database_id }, {})];
  const { name, jurisdiction } = database;
  const ownName = stackResourceName(id);
  return [
    ...(name === ownName ? [] : [draft(stack, 'DATABASE_MISNAMED', { name: ownName }, { name })]),
    ...(jurisdiction === residency
      ? []
      : [draft(stack, 'DATABASE_JURISDICTION', { jurisdiction: residency }, { jurisdiction })]),
  ];
}

/** What is wrong with the Worker's bindings and tags. */
export function compareWorker(
  stack: SurveyedStack,
  settings: AccountWorkerSettings | null,
  platform: PlatformFacts,
): FindingDraft[] {
  if (settings === null) return [draft(stack, 'WORKER_MISSING', { worker: stack.worker_name }, {})];
  const tags = accountWorkerTags(stack);
  const differing = differingBindings(stack, settings, platform);
  const secrets = secretBindings(settings);
  return [
    ...(differing.length === 0
      ? []
      : [draft(stack, 'WORKER_BINDINGS', { database_id: stack.database_id }, { differing })]),
    ...(secrets.length === 0 ? [] : [draft(stack, 'WORKER_SECRET', {}, { bindings: secrets })]),
    ...(sameTags(settings.tags, tags)
      ? []
      : [draft(stack, 'WORKER_TAGS', { tags }, { tags: settings.tags })]),
  ];
}

/** The bindings that are not as they should be: too many, missing, or with another value. Values are not shown. */
function differingBindings(
  stack: SurveyedStack,
  { bindings }: AccountWorkerSettings,
  platform: PlatformFacts,
): string[] {
  // The Worker says itself which release it is; one that is behind is a finding of its own.
  const { RELEASE_ID: _, PLATFORM_KEYS: ours, ...texts } = accountWorkerTexts(stack, platform);
  const expected = new Map([['d1 DB', stack.database_id ?? ''], ...entriesOf(texts)]);
  const seen = bindings
    .filter(({ type, name }) => !(type === 'plain_text' && ['RELEASE_ID', 'PLATFORM_KEYS'].includes(name)))
    .map(({ type, name, database_id, text }) => [`${type} ${name}`, database_id ?? text ?? ''] as const);
  const missing = [...expected.keys()].filter((binding) => !seen.some(([name]) => name === binding));
  const other = seen.filter(([name, value]) => expected.get(name) !== value).map(([name]) => name);
  const keys = bindings.find(({ type, name }) => type === 'plain_text' && name === 'PLATFORM_KEYS');
  return [...missing, ...other, ...(trustsOnly(keys?.text, ours) ? [] : ['plain_text PLATFORM_KEYS'])];
}

function entriesOf(texts: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(texts).map(([name, text]) => [`plain_text ${name}`, text]);
}

async function askWorker(stack: SurveyedStack, ports: StackPorts): Promise<StackLook> {
  try {
    const health = await ports.accountWorkers.health({ stackId: stack.id, workerName: stack.worker_name });
    const found = compareHealth(stack, health);
    return found.length > 0 ? { found, schemaCompared: false } : await askSchema(stack, health, ports);
  } catch (thrown) {
    if (!(thrown instanceof PlatformError)) throw thrown;
    return { found: [refusedDraft(stack, thrown)], schemaCompared: false };
  }
}

async function askSchema(stack: SurveyedStack, health: StackHealth, ports: StackPorts): Promise<StackLook> {
  const drift = await lookAtSchema(stack, health, ports);
  const seen = drift && shownDrift(drift);
  const { schema_version } = health;
  return {
    found: seen ? [draft(stack, 'SCHEMA_DRIFT', { schema_version }, seen)] : [],
    schemaCompared: drift !== null,
  };
}

/** A Worker that refuses its own database says why. */
function refusedDraft(stack: SurveyedStack, { code, context }: PlatformError): FindingDraft {
  if (code === 'STACK_IDENTITY_MISMATCH') {
    return draft(stack, 'IDENTITY_MISMATCH', { stack_id: stack.id }, { code });
  }
  if (code === 'MIGRATION_EDITED') {
    const { schema_version } = stack;
    const { migration } = context;
    return draft(
      stack,
      'SCHEMA_DRIFT',
      { schema_version },
      migration ? { migrations: [migration] } : { code },
    );
  }
  return draft(stack, 'WORKER_UNHEALTHY', { stack_id: stack.id }, { code });
}

/** What the Worker says of itself that is not so. A schema ahead of the release is none: releases run on newer ones. */
export function compareHealth(stack: SurveyedStack, seen: StackHealth): FindingDraft[] {
  const { id: stack_id, account_id, release_id, schema_version } = stack;
  const identity = { stack_id: seen.stack_id, account_id: seen.account_id };
  if (identity.stack_id !== stack_id || identity.account_id !== account_id) {
    return [draft(stack, 'IDENTITY_MISMATCH', { stack_id, account_id }, identity)];
  }
  return [
    ...(seen.release_id === release_id
      ? []
      : [draft(stack, 'RELEASE_BEHIND', { release_id }, { release_id: seen.release_id })]),
    ...(seen.schema_version >= schema_version
      ? []
      : [draft(stack, 'SCHEMA_BEHIND', { schema_version }, { schema_version: seen.schema_version })]),
  ];
}

function draft(
  { id, account_id }: SurveyedStack,
  kind: StackFindingKind,
  expected: Details,
  seen: Details,
): FindingDraft {
  return { kind, subject: id, stackId: id, accountId: account_id, expected, seen };
}
