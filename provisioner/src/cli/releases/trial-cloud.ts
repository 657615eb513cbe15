import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { v7 as uuidV7 } from 'uuid';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { ControlClient } from '#provisioner/account-worker/control-client.ts';
import { adminFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { accountWorkerTags, accountWorkerTexts } from '#provisioner/steps/account-worker-facts.ts';
import type { OpenedSession } from '#shared-schema/control/control-calls.ts';
import { API_TEST_OWNER, type ApiTestTarget } from '#shared-schema/releases/api-tests.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { releaseId } from '#shared-schema/releases/release-id.ts';
import { stackResourceName } from '#shared-schema/stacks/stack.ts';
import { ACCESS_TOKEN_LIFETIME_SECONDS, TOKEN_ALGORITHM } from '#shared-schema/tokens/claims.ts';
import { whenInterrupted } from '../interruption.ts';

const NAMESPACE = 'trial';
const ISSUER = 'https://trial.localhost';
const ACCESS = { accountId: '00000000000000000000000000000001', apiToken: 'trial' };

/** Nobody logs in with it: sessions are opened for the owner's address. */
const NO_PASSWORD = '$argon2id$v=19$m=8,t=1,p=1$AA$AA';

/** An account on a stack of its own, which runs one release. */
export interface TrialAccount {
  /** Brings the database up: to the migrations of its own release, or to those of a later one. Names those it applied. */
  migrate(migrations?: ReleaseBundle['migrations']): Promise<readonly string[]>;
  /** Opens a session for the owner. */
  logIn(): Promise<ApiTestTarget>;
}

export interface TrialCloud extends AsyncDisposable {
  /** Makes a database, uploads the release bound to it, and claims the stack for an account. */
  openAccount(bundle: ReleaseBundle): Promise<TrialAccount>;
}

/** A local cloud of its own, for as long as a release is tried: real workerd, real D1, the upload of production. */
export async function startTrialCloud(): Promise<TrialCloud> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-trial-'));
  const interruption = whenInterrupted(() => rmSync(dataDir, { recursive: true, force: true }));
  const remove = async () => {
    interruption[Symbol.dispose]();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const cloud = await startLocalCloud({
      ...{ ...ACCESS, dataDir, apiPort: 0, dispatchPort: 0, databaseSlots: 4, spareDatabaseSlots: 0 },
      dispatchNamespaces: [NAMESPACE],
    });
    const { privateKey, publicKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
    const publicKeys = JSON.stringify({ keys: [await exportJWK(publicKey)] });
    const sign = (stackId: string, claims: object) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: TOKEN_ALGORITHM })
        .setIssuer(ISSUER)
        .setAudience(stackId)
        .setIssuedAt()
        .setExpirationTime(`${ACCESS_TOKEN_LIFETIME_SECONDS}s`)
        .sign(privateKey);
    const platform = { issuer: ISSUER, publicKeys };
    const { dispatchUrl: origin } = cloud;
    if (origin === undefined) throw new TypeError('The dispatcher was asked for.');
    return {
      openAccount: (bundle) => openAccount(bundle, { apiUrl: cloud.apiUrl, origin, platform, sign }),
      async [Symbol.asyncDispose]() {
        await cloud.stop();
        await remove();
      },
    };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

interface Trial {
  readonly apiUrl: string;
  /** Where the dispatcher listens. */
  readonly origin: string;
  readonly platform: { readonly issuer: string; readonly publicKeys: string };
  readonly sign: (stackId: string, claims: object) => Promise<string>;
}

async function openAccount(bundle: ReleaseBundle, trial: Trial): Promise<TrialAccount> {
  const { sign } = trial;
  const [stackId, accountId] = [uuidV7(), uuidV7()];
  const target = { stackId, workerName: stackResourceName(stackId) };
  await upload(stackId, bundle, trial);
  const script = { 'x-local-cloud-script': `${NAMESPACE}/${target.workerName}` };
  const control = new ControlClient({
    dispatch: (_, request) => dispatch(trial.origin, request, script),
    mintControlToken: () => sign(stackId, { scope: 'control' }),
    requestId: stackId,
  });
  return {
    async migrate(migrations) {
      const order = migrations && { migrations: migrations.map(({ name, sql }) => ({ name, sql })) };
      return (await control.migrate(target, order)).applied;
    },
    async logIn() {
      const owner = { id: accountId, ...API_TEST_OWNER, password_hash: NO_PASSWORD };
      await control.ensureOwner(target, { account_id: accountId, owner });
      const session = await control.openExternalSession(target, API_TEST_OWNER.email);
      const token = await sign(stackId, accessClaims(accountId, session));
      return { url: trial.origin, headers: { ...script, authorization: `Bearer ${token}` } };
    },
  };
}

async function upload(stackId: string, bundle: ReleaseBundle, { apiUrl, platform }: Trial): Promise<void> {
  const cloudflare = new CloudflareApi({ ...ACCESS, baseUrl: apiUrl, fetch: adminFetch });
  const name = stackResourceName(stackId);
  const facts = { id: stackId, release_id: await releaseId(bundle) };
  await cloudflare.uploadAccountWorker(NAMESPACE, {
    ...{ name, bundle, databaseId: (await cloudflare.createDatabase(name, 'eu')).id },
    texts: accountWorkerTexts(facts, platform),
    tags: accountWorkerTags(facts),
  });
}

function dispatch(origin: string, request: Request, headers: Record<string, string>): Promise<Response> {
  const { pathname } = new URL(request.url);
  const forwarded = new Request(`${origin}${pathname}`, request);
  for (const [name, value] of Object.entries(headers)) forwarded.headers.set(name, value);
  return fetch(forwarded);
}

function accessClaims(account_id: string, { session_id: sid, user }: OpenedSession) {
  return { scope: 'account', sub: user.id, sid, account_id, role: user.role };
}
