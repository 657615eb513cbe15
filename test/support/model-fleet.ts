import { v7 as uuidV7 } from 'uuid';
import { ApiBudget } from '#provisioner/api-budget/api-budget.ts';
import { budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import type { SurveyPorts } from '#provisioner/reconciler/survey-ports.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';

const RELEASE = '0123456789abcdef';
const PLACE = { cell: 'main', dispatchNamespace: 'freehold' };
const PLATFORM = { issuer: 'https://platform.test', publicKeys: '{"keys":[]}' };

export interface ModelFleetOptions {
  readonly stacks: number;
  /** What `now` says; waiting for API calls moves it. */
  readonly clock: { now: number };
  readonly bundle: ReleaseBundle;
}

export interface ModelFleet {
  readonly ports: Omit<SurveyPorts, 'registry'>;
  readonly apiCalls: () => number;
}

/** Accounts in a registry, each with a stack that is as it should be, and the answers of a cloud that holds them. */
export async function modelFleet(
  registry: D1Database,
  { stacks, clock, bundle }: ModelFleetOptions,
): Promise<ModelFleet> {
  const ids = Array.from({ length: stacks }, (_, number) => uuid(number));
  await registry.batch([
    registry
      .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, ?, 0, 0)')
      .bind(RELEASE, bundle.schema_version),
    registry
      .prepare(
        `INSERT INTO accounts (id, body, created_at, updated_at)
         SELECT value, json_object('slug', 'a-' || key, 'name', 'Hart', 'status', 'active', 'residency', 'eu'), 0, 0
         FROM json_each(?)`,
      )
      .bind(JSON.stringify(ids)),
    registry
      .prepare(
        `INSERT INTO stacks (id, account_id, status, residency, cell, worker_name, dispatch_namespace, database_id,
           release_id, observed_release_id, observed_schema_version, created_at, updated_at)
         SELECT value, value, 'serving', 'eu', 'main', 'fh-' || value, 'freehold', 'd-' || value, ?2, ?2, ?4, 0, ?3
         FROM json_each(?1)`,
      )
      .bind(JSON.stringify(ids), RELEASE, clock.now - 3_600_000, bundle.schema_version),
  ]);
  const budget = new ApiBudget(registry, () => clock.now);
  const ledger = bundle.migrations.map(({ name, checksum }) => ({ name, checksum }));
  let apiCalls = 0;
  return {
    apiCalls: () => apiCalls,
    ports: {
      ...{ place: PLACE, platform: PLATFORM, newId: () => uuidV7(), now: () => clock.now },
      releases: { bundle: async () => bundle },
      accountWorkers: {
        health: async ({ stackId }) => ({
          ...{ stack_id: stackId, account_id: stackId },
          ...{ release_id: RELEASE, schema_version: bundle.schema_version },
        }),
        schema: async () => ({ ledger, objects: bundle.schema?.objects ?? {} }),
      },
      cloudflare: (caller) =>
        new CloudflareApi({
          ...{ accountId: 'account', apiToken: 'token', baseUrl: 'https://cloud.test' },
          fetch: budgetedFetch(budget, caller, async (url) => {
            apiCalls += 1;
            return answer(ids, new URL(String(url)));
          }),
        }),
      wait: async (ms) => {
        clock.now += ms;
      },
      log: (entry) => {
        throw new Error(`Nothing was to be told: ${JSON.stringify(entry)}`);
      },
    },
  };
}

function answer(ids: readonly string[], url: URL): Response {
  if (url.pathname.endsWith('/d1/database')) {
    const page = Number(url.searchParams.get('page'));
    const perPage = Number(url.searchParams.get('per_page'));
    return success(ids.slice((page - 1) * perPage, page * perPage).map(database));
  }
  if (url.pathname.endsWith('/scripts')) return success(ids.map(script));
  const id = /fh-([0-9a-f-]{36})\/settings$/.exec(url.pathname)?.[1];
  if (id !== undefined) return success({ bindings: bindings(id), tags: tags(id) });
  throw new TypeError(`The model does not know ${url.pathname}.`);
}

function uuid(number: number): string {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

function database(id: string) {
  const created_at = '2026-01-01T00:00:00.000Z';
  return { uuid: `d-${id}`, name: `fh-${id}`, created_at, version: 'production', jurisdiction: 'eu' };
}

function script(id: string) {
  const at = '2026-01-01T00:00:00.000Z';
  return { id: `fh-${id}`, dispatch_namespace: 'freehold', created_on: at, modified_on: at, tags: tags(id) };
}

function tags(id: string): string[] {
  return [`stack:${id}`, `release:${RELEASE}`];
}

function bindings(id: string) {
  const texts = {
    ...{ STACK_ID: id, RELEASE_ID: RELEASE },
    ...{ PLATFORM_ISSUER: PLATFORM.issuer, PLATFORM_KEYS: PLATFORM.publicKeys },
  };
  return [
    { type: 'd1', name: 'DB', database_id: `d-${id}` },
    ...Object.entries(texts).map(([name, text]) => ({ type: 'plain_text', name, text })),
  ];
}

function success(result: unknown): Response {
  return Response.json({ success: true, errors: [], messages: [], result });
}
