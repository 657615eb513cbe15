import { join } from 'node:path';
import type { Environment } from '#platform-worker/environment.ts';
import { type Platform, platformOf } from '#platform-worker/platform.ts';
import { ApiBudget } from '#provisioner/api-budget/api-budget.ts';
import { budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { folderBucket } from './folder-bucket.ts';
import { restRegistry } from './rest-registry.ts';

export const NAMESPACE = 'freehold';
export const CELL = 'main';
/** The zone of custom hostnames. */
export const ZONE_ID = '00000000000000000000000000000002';

export interface CloudAccess {
  readonly apiUrl: string;
  readonly accountId: string;
  readonly apiToken: string;
}

/** Where a driver works: all that a process is told of its cloud. */
export interface DriverPlace extends CloudAccess {
  readonly dispatchUrl: string;
  readonly registryId: string;
  /** What R2 holds in production lies here: releases, exports, files. */
  readonly bucketsDir: string;
  readonly signingKeys: string;
}

/** What moves only where somebody moves it: milliseconds since the Unix epoch. */
export interface Clock {
  now: number;
}

export interface DriverPlatform {
  readonly platform: Platform;
  /** The operations that were to be driven by Workflows, in the order they began. */
  readonly begun: string[];
}

/** The platform's own code in this process, on the place's cloud, with the given clock. */
export function driverPlatform(place: DriverPlace, clock: Clock): DriverPlatform {
  const begun: string[] = [];
  const registry = restRegistry(place, place.registryId);
  const now = () => clock.now;
  const platform = platformOf({
    REGISTRY: registry,
    RELEASES: folderBucket(join(place.bucketsDir, 'releases')),
    FILES: folderBucket(join(place.bucketsDir, 'files')),
    EXPORTS: folderBucket(join(place.bucketsDir, 'exports')),
    DISPATCHER: { get: (name: string) => ({ fetch: (request: Request) => dispatch(place, name, request) }) },
    OPERATIONS: { create: async ({ id }: { id: string }) => begun.push(id) },
    PLATFORM_URL: 'https://platform.test',
    TOKEN_ISSUER: 'https://platform.test',
    PLATFORM_DOMAIN: 'platform.test',
    PLATFORM_HOSTS: '[]',
    CUSTOM_HOSTNAME_ZONE_ID: ZONE_ID,
    ACCOUNT_ADDRESS_FORM: 'path',
    CLOUDFLARE_API_URL: place.apiUrl,
    CLOUDFLARE_ACCOUNT_ID: place.accountId,
    CLOUDFLARE_API_TOKEN: place.apiToken,
    DISPATCH_NAMESPACE: NAMESPACE,
    CELL,
    POOL_SIZES: '{}',
    MAIL_SENDER: 'console',
    TRUSTED_ISSUERS: '[]',
    SIGNING_KEYS: place.signingKeys,
    ADMIN_TOKEN_SHA256: '',
  } as unknown as Environment); // the bindings that signups, orders and operations use
  const { apiUrl: baseUrl, accountId, apiToken } = place;
  const budget = new ApiBudget(registry, now);
  return {
    begun,
    platform: {
      ...platform,
      now,
      operationPorts: (requestId) => ({
        ...platform.operationPorts(requestId),
        now,
        cloudflare: (caller) =>
          new CloudflareApi({
            ...{ baseUrl, accountId, apiToken, customHostnameZoneId: ZONE_ID },
            fetch: budgetedFetch(budget, caller, (url, init) => fetch(url, init)),
          }),
        random: () => 0,
        log: () => undefined,
      }),
    },
  };
}

function dispatch({ dispatchUrl }: DriverPlace, workerName: string, request: Request): Promise<Response> {
  const forwarded = new Request(`${dispatchUrl}${new URL(request.url).pathname}`, request);
  forwarded.headers.set('x-local-cloud-script', `${NAMESPACE}/${workerName}`);
  return fetch(forwarded);
}
