import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { LocalPlatform } from '#provisioner/cli/local/start-local-platform.ts';
import type { Stack } from '#shared-schema/stacks/stack.ts';
import { CloudApi, REGISTRY_ID } from '../cloud-api.ts';
import { freePorts } from '../free-ports.ts';
import { landscape } from '../landscape.ts';
import { startTestPlatform } from '../local-platform.ts';
import { Mailbox } from '../mailbox.ts';
import { OidcIssuer } from '../oidc-issuer.ts';
import {
  ADDRESS_FORMS,
  type AddressForm,
  accountUrl,
  type OpenAccount,
  openAccount,
} from '../open-account.ts';
import { AUDIENCE } from '../openapi/account-knowledge.ts';
import { sendOperation } from '../openapi/caller.ts';
import { type Claims, claimsOf, platformSigner } from '../platform-signer.ts';
import { type Answer, type SentHeaders, send } from '../send.ts';
import type { PreparedOperation } from './prepared-operation.ts';

/** What a pass of the cron leaves in the registry, whatever else happens. */
const KEPT_BY_CRON = ['file_sweeps'];

/** A way to an account: either of its addresses, or straight to its Worker, which nobody outside has. */
export type Door = AddressForm | 'direct';
export const DOORS: readonly Door[] = [...ADDRESS_FORMS, 'direct'];

/** One platform for all cases, with accounts that are nothing to each other. */
export class IsolationStage {
  readonly platform: LocalPlatform;
  readonly issuer: OidcIssuer;
  readonly log: Mailbox;
  readonly cloud: CloudApi;
  /** Signs as only the platform can. */
  readonly sign: (claims: Claims) => Promise<string>;
  /** Who attacks, and who is attacked. */
  readonly ours: OpenAccount;
  readonly theirs: OpenAccount;
  readonly #stacks = new Map<string, Stack>();
  readonly #dispatchUrl: string;
  readonly #dataDir: string;

  private constructor(stage: Pick<IsolationStage, Facts>, rest: Rest) {
    this.platform = stage.platform;
    this.issuer = stage.issuer;
    this.log = stage.log;
    this.cloud = stage.cloud;
    this.sign = stage.sign;
    this.ours = stage.ours;
    this.theirs = stage.theirs;
    this.#dispatchUrl = rest.dispatchUrl;
    this.#dataDir = rest.dataDir;
  }

  static async open(): Promise<IsolationStage> {
    const dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
    const log = new Mailbox();
    const issuer = await OidcIssuer.start();
    const port = await freePorts(3);
    const trusted = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, audience: [AUDIENCE] };
    const TRUSTED_ISSUERS = JSON.stringify([{ ...trusted, algorithms: ['RS256'], accounts: 'all' }]);
    const dispatchPort = port + 2;
    const platform = await startTestPlatform({ dataDir, port, dispatchPort, vars: { TRUSTED_ISSUERS } });
    const open = (slug: string) => openAccount(platform.instance, slug);
    const [ours, theirs] = await Promise.all([open('ours'), open('theirs')]);
    const cloud = new CloudApi(platform.instance);
    const sign = await platformSigner(dataDir);
    const dispatchUrl = `http://127.0.0.1:${dispatchPort}`;
    const rest = { dispatchUrl, dataDir };
    const stage = new IsolationStage({ platform, issuer, log, cloud, sign, ours, theirs }, rest);
    await stage.#learnStacks();
    return stage;
  }

  /** One more account. */
  async openAccount(slug: string): Promise<OpenAccount> {
    const account = await openAccount(this.platform.instance, slug);
    await this.#learnStacks();
    return account;
  }

  /** An account that was served once and has the status now, past every operation. */
  async openAndSet(status: 'suspended' | 'deleted'): Promise<OpenAccount> {
    const account = await this.openAccount(status);
    await this.cloud.query(
      REGISTRY_ID,
      `UPDATE accounts SET body = json_set(body, '$.status', ?) WHERE id = ?`,
      ...[status, account.account.id],
    );
    const answered = { suspended: 403, deleted: 404 }[status];
    const holds = async () => (await send(account.url('path'))).status === answered;
    // A route is kept for 5 seconds.
    await vi.waitUntil(holds, { timeout: 10_000, interval: 50 });
    return account;
  }

  /** A user of the account in this role. */
  async addUser(account: OpenAccount, role: string): Promise<string> {
    const json = { name: role, role, email: `${randomUUID()}@stage.example` };
    const answer = await account.send('/users', { method: 'POST', json });
    if (answer.status !== 201) throw new Error(`The user was refused: ${answer.text}`);
    return Object(answer.body).id;
  }

  /** The access token of a new session of the user. No password is hashed: what that costs, every test would pay. */
  async openSession(account: OpenAccount, userId: string, role: string): Promise<string> {
    const sessionId = randomUUID();
    const [now, soon] = [String(Date.now()), String(Date.now() + 900_000)];
    await this.cloud.query(
      this.stackOf(account).database_id ?? '',
      `INSERT INTO sessions (id, user_id, created_at, expires_at, refresh_hash, rotated_at)
       VALUES (?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER), 'none', CAST(? AS INTEGER))`,
      ...[sessionId, userId, now, soon, now],
    );
    const claims = claimsOf(account.session.access_token);
    return this.sign({ ...claims, sub: userId, sid: sessionId, role });
  }

  stackOf({ account }: OpenAccount): Stack {
    const stack = this.#stacks.get(account.id);
    if (!stack) throw new Error(`No stack serves ${account.slug}.`);
    return stack;
  }

  url(account: OpenAccount, door: Door): string {
    return door === 'direct' ? this.#dispatchUrl : account.url(door);
  }

  /** The address of an account that is not there, as long as one that is. */
  urlOfNobody(form: AddressForm): string {
    return accountUrl(this.platform.instance, 'nobody', form);
  }

  /** What a request needs besides its address to go through the door. */
  headers(account: OpenAccount, door: Door): SentHeaders {
    if (door !== 'direct') return {};
    const { dispatch_namespace, worker_name } = this.stackOf(account);
    return {
      'x-local-cloud-script': `${dispatch_namespace}/${worker_name}`,
      'x-freehold-one-time-token-sha256': 'a0'.repeat(32),
    };
  }

  /** Sends an operation's request through the door: with the token or none, and with these headers. */
  send(
    account: OpenAccount,
    door: Door,
    { operation, request }: PreparedOperation,
    { token, headers = {} }: { readonly token?: string | undefined; readonly headers?: SentHeaders },
  ): Promise<Answer> {
    const sent = { ...request.headers, ...this.headers(account, door), ...headers };
    return sendOperation(this.url(account, door), operation, { ...request, token, headers: sent });
  }

  /** Every row of the account's database, by table. */
  async dump(account: OpenAccount): Promise<Record<string, unknown>> {
    return JSON.parse(await this.cloud.dump(this.stackOf(account).database_id ?? ''));
  }

  async dumpRegistry(): Promise<Record<string, unknown>> {
    const tables: Record<string, unknown> = JSON.parse(await this.cloud.dump(REGISTRY_ID));
    return Object.fromEntries(Object.entries(tables).filter(([name]) => !KEPT_BY_CRON.includes(name)));
  }

  async close(): Promise<void> {
    await this.platform.stop();
    await this.issuer[Symbol.asyncDispose]();
    this.log.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async #learnStacks(): Promise<void> {
    const { stacks } = await landscape(this.platform.instance);
    for (const stack of stacks) if (stack.account_id !== null) this.#stacks.set(stack.account_id, stack);
  }
}

type Facts = 'platform' | 'issuer' | 'log' | 'cloud' | 'sign' | 'ours' | 'theirs';

interface Rest {
  readonly dispatchUrl: string;
  readonly dataDir: string;
}
