import { v7 as uuidV7 } from 'uuid';
import * as z from 'zod';
import { ControlClient } from '#provisioner/account-worker/control-client.ts';
import { ApiBudget, type ApiCaller } from '#provisioner/api-budget/api-budget.ts';
import { adminFetch, budgetedFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { SignedFiles } from '#provisioner/cloudflare/signed-files.ts';
import { ExportStore } from '#provisioner/exports/export-store.ts';
import type { OperationPorts } from '#provisioner/operations/run-operation.ts';
import type { FillPoolPorts } from '#provisioner/pool/fill-pool.ts';
import type { SurveyPorts } from '#provisioner/reconciler/survey-ports.ts';
import type { StackPlace } from '#provisioner/registry/insert-stack.ts';
import { ReleaseStore } from '#provisioner/releases/release-store.ts';
import type { RolloutDriverPorts } from '#provisioner/rollouts/advance-rollout.ts';
import { poolSizesSchema } from '#shared-schema/stacks/pool.ts';
import { TokenVerifier } from '#shared-schema/tokens/token-verifier.ts';
import type { Environment } from './environment.ts';
import { IdTokenVerifier } from './external-identity/id-token-verifier.ts';
import { readTrustedIssuers } from './external-identity/trusted-issuers.ts';
import { accountFiles } from './files/account-files.ts';
import { fileBucket } from './files/file-store.ts';
import { readSigningKeys, type SigningKeys } from './identity/signing-keys.ts';
import { TokenMinter } from './identity/token-minter.ts';
import { consoleMailSender } from './mail/console-mail-sender.ts';
import type { MailSender } from './mail/mail-sender.ts';
import { serviceMailSender } from './mail/service-mail-sender.ts';
import { answeringRegistry } from './registry/answering-registry.ts';
import type { AccountUrlOptions, PlatformHosts } from './routing/account-address.ts';
import { RouteResolver } from './routing/route-resolver.ts';

/** What all requests of an isolate share: keys, caches and the ports to everything outside. */
export interface Platform {
  readonly env: Environment;
  readonly now: () => number;
  readonly newId: () => string;
  readonly keys: SigningKeys;
  readonly minter: TokenMinter;
  readonly verifier: TokenVerifier;
  /** One of its own: tokens that are used once do not push out of memory those that are used all day. */
  readonly fileVerifier: TokenVerifier;
  readonly routes: RouteResolver;
  readonly idTokens: IdTokenVerifier;
  readonly mail: MailSender;
  readonly releases: ReleaseStore;
  readonly exports: ExportStore;
  /** Outside the budget, for what an operator starts. */
  readonly adminCloudflare: CloudflareApi;
  readonly accountUrls: AccountUrlOptions;
  readonly hosts: PlatformHosts;
  readonly stackPlace: StackPlace;
  readonly pool: FillPoolPorts;
  readonly controlClient: (requestId: string) => ControlClient;
  readonly operationPorts: (requestId: string) => OperationPorts;
  readonly rolloutPorts: (requestId: string) => RolloutDriverPorts;
  readonly surveyPorts: (requestId: string) => SurveyPorts;
}

const platforms = new WeakMap<Environment, Platform>();

/** The isolate's platform for this environment, made at its first request. */
export function platformOf(env: Environment): Platform {
  const known = platforms.get(env);
  if (known) return known;
  const made = createPlatform(env);
  platforms.set(env, made);
  return made;
}

function createPlatform(bindings: Environment): Platform {
  const env = { ...bindings, REGISTRY: answeringRegistry(bindings.REGISTRY) };
  const now = () => Date.now();
  const newId = () => uuidV7();
  const issuer = env.TOKEN_ISSUER;
  const keys = readSigningKeys(env.SIGNING_KEYS);
  const minter = new TokenMinter({ keys, issuer, now });
  const releases = new ReleaseStore(env.REGISTRY, env.RELEASES);
  const exports = new ExportStore(env.EXPORTS);
  const signedFiles = new SignedFiles((url, init) => fetch(url, init));
  const budget = new ApiBudget(env.REGISTRY, now);
  const access = {
    baseUrl: env.CLOUDFLARE_API_URL,
    accountId: env.CLOUDFLARE_ACCOUNT_ID,
    apiToken: env.CLOUDFLARE_API_TOKEN,
    customHostnameZoneId: env.CUSTOM_HOSTNAME_ZONE_ID,
  };
  const cloudflare = (caller: ApiCaller) =>
    new CloudflareApi({ ...access, fetch: budgetedFetch(budget, caller, (url, init) => fetch(url, init)) });
  const controlClient = (requestId: string) =>
    new ControlClient({
      dispatch: async (workerName, request) => env.DISPATCHER.get(workerName).fetch(request),
      mintControlToken: (stackId) => minter.controlToken(stackId),
      requestId,
    });
  const stackPlace = { cell: env.CELL, dispatchNamespace: env.DISPATCH_NAMESPACE };
  const outside = (requestId: string) => ({
    ...{ cloudflare, now, newId },
    registry: env.REGISTRY,
    accountWorkers: controlClient(requestId),
    log: (entry: Readonly<Record<string, unknown>>) =>
      console.warn(JSON.stringify({ ...entry, request_id: requestId })),
  });
  const operationPorts = (requestId: string): OperationPorts => ({
    ...outside(requestId),
    // What Workers are uploaded with from now on.
    platform: { issuer, publicKeys: JSON.stringify(keys.publicKeysAt(now())) },
    ...{ releases, exports, sleep, signedFiles },
    files: accountFiles((residency) => fileBucket(env, residency)),
    random: Math.random,
  });
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    ...{ env, now, newId, keys, minter, releases, exports, controlClient },
    verifier: new TokenVerifier({ keys: keys.publicKeys, issuer, now }),
    fileVerifier: new TokenVerifier({ keys: keys.publicKeys, issuer, now }),
    routes: new RouteResolver({ registry: env.REGISTRY, now }),
    idTokens: new IdTokenVerifier({
      issuers: readTrustedIssuers(env.TRUSTED_ISSUERS),
      now,
      log: (entry) => console.warn(JSON.stringify(entry)),
    }),
    mail: env.MAIL_SENDER === 'console' ? consoleMailSender(console.log) : serviceMailSender(env.MAILER),
    accountUrls: {
      platformUrl: env.PLATFORM_URL,
      platformDomain: env.PLATFORM_DOMAIN,
      form: env.ACCOUNT_ADDRESS_FORM,
    },
    hosts: {
      platformUrl: env.PLATFORM_URL,
      platformDomain: env.PLATFORM_DOMAIN,
      otherHosts: z.array(z.string()).parse(JSON.parse(env.PLATFORM_HOSTS)),
    },
    adminCloudflare: new CloudflareApi({ ...access, fetch: adminFetch }),
    stackPlace,
    pool: {
      registry: env.REGISTRY,
      sizes: poolSizesSchema.parse(JSON.parse(env.POOL_SIZES)),
      place: stackPlace,
      ...{ now, newId },
    },
    operationPorts,
    rolloutPorts: (requestId) => ({ ...operationPorts(requestId), wait }),
    surveyPorts: (requestId) => ({
      ...outside(requestId),
      // What a Worker may have been uploaded with.
      platform: { issuer, publicKeys: JSON.stringify(keys.publicKeys) },
      ...{ place: stackPlace, releases, wait },
    }),
  };
}

/** Ends after as many milliseconds, or at once where it is aborted. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
