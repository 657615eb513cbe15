import { afterAll, describe, expect, test } from 'vitest';
import { CloudApi, REGISTRY_ID } from './support/cloud-api.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { Mailbox } from './support/mailbox.ts';
import { OidcIssuer } from './support/oidc-issuer.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { AUDIENCE, accountKnowledge } from './support/openapi/account-knowledge.ts';
import { Caller, type OperationRequest } from './support/openapi/caller.ts';
import { Contract, type DocumentedOperation } from './support/openapi/contract.ts';
import { platformKnowledge } from './support/openapi/platform-knowledge.ts';
import { type Answer, send } from './support/send.ts';
import { ownerEmail, PASSWORD, signUp, untilActive } from './support/sign-up.ts';

const UNKNOWN = '0194a1b2-0000-7000-8000-000000000000';

// What is tested is read from the documents themselves, so the platform runs before the tests are named.
const log = new Mailbox();
const issuer = await OidcIssuer.start();
const trusted = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, audience: [AUDIENCE] };
const platform = await startTestPlatform({
  vars: { TRUSTED_ISSUERS: JSON.stringify([{ ...trusted, algorithms: ['RS256'], accounts: 'all' }]) },
});
const { instance } = platform;
const cloud = new CloudApi(instance);
afterAll(async () => {
  await platform.stop();
  await issuer[Symbol.asyncDispose]();
  log.close();
});

interface Prepared {
  readonly operation: DocumentedOperation;
  readonly request: OperationRequest;
}

/** A good request of every operation, made while everything works. */
async function prepare(caller: Caller): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const operation of caller.contract.operations) {
    prepared.push({ operation, request: { id: UNKNOWN, ...(await caller.goodRequest(operation)) } });
  }
  return prepared;
}

/** Sends them all, and holds each answer against the document. */
async function sendAll(caller: Caller, prepared: readonly Prepared[]): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  for (const { operation, request } of prepared) {
    const answer = await caller.send(operation, request);
    caller.contract.expectPromised(operation, answer);
    answers.set(operation.operationId, answer);
  }
  return answers;
}

/** The code of each, or its status where it is none. */
const codesOf = (answers: Map<string, Answer>): [name: string, code: unknown][] =>
  [...answers].map(([name, { status, body }]) => [name, Object(body).error?.code ?? status]);

async function callerOf(account: OpenAccount): Promise<Caller> {
  const credentials = { email: ownerEmail(account.account.slug), password: PASSWORD };
  return new Caller({
    contract: new Contract((await send(`${account.url('path')}/openapi.json`)).body),
    url: account.url('path'),
    token: account.session.access_token,
    knowledge: accountKnowledge({ account, credentials, issuer, log }),
  });
}

async function stackOf(id: string) {
  const { stacks } = await landscape(instance);
  const stack = stacks.find(({ account_id }) => account_id === id);
  return { worker: String(stack?.worker_name), database: String(stack?.database_id) };
}

describe('every operation of an account answers as promised', () => {
  /** Answered before anybody is asked, so that it tells nobody whether there is such a user. */
  const expectedOf = (name: string, code: string) => (name === 'requestPasswordReset' ? 202 : code);

  test('where its Worker is gone', async () => {
    const account = await openAccount(instance, 'workerless');
    const caller = await callerOf(account);
    const prepared = await prepare(caller);
    await cloud.removeScript((await stackOf(account.account.id)).worker);
    expect(codesOf(await sendAll(caller, prepared))).toStrictEqual(
      prepared.map(({ operation: { operationId } }) => [
        operationId,
        expectedOf(operationId, 'ACCOUNT_UNAVAILABLE'),
      ]),
    );
  });

  test('where its database is gone', async () => {
    const account = await openAccount(instance, 'emptied');
    const caller = await callerOf(account);
    const prepared = await prepare(caller);
    await cloud.removeDatabase((await stackOf(account.account.id)).database);
    const fromCode = ['getOpenApiDocument', 'getReferencePage'];
    expect(codesOf(await sendAll(caller, prepared))).toStrictEqual(
      prepared.map(({ operation: { operationId } }) => [
        operationId,
        fromCode.includes(operationId) ? 200 : expectedOf(operationId, 'INTERNAL'),
      ]),
    );
  });

  test('where it is not active, or the registry is away', async () => {
    const open = await openAccount(instance, 'awake');
    // Nobody has asked for it yet, so that no isolate keeps its route.
    const asleep = await untilActive(instance, await signUp(instance, 'asleep'));
    const { contract } = await callerOf(open);
    const url = `${instance.url}/a/asleep`;
    const caller = new Caller({ contract, url, token: open.session.access_token, knowledge: {} });
    const prepared = contract.operations.map((operation) => ({ operation, request: { id: UNKNOWN } }));
    const expectAll = async (code: string) =>
      expect(codesOf(await sendAll(caller, prepared))).toStrictEqual(
        prepared.map(({ operation: { operationId } }) => [operationId, code]),
      );
    const statuses = { provisioning: 'ACCOUNT_PROVISIONING', suspended: 'ACCOUNT_SUSPENDED' };
    for (const [status, code] of Object.entries(statuses)) {
      const change = `UPDATE accounts SET body = json_set(body, '$.status', ?) WHERE id = ?`;
      await cloud.query(REGISTRY_ID, change, status, asleep.id);
      await expectAll(code);
    }
    await cloud.query(REGISTRY_ID, 'ALTER TABLE accounts RENAME TO accounts_away');
    try {
      await expectAll('REGISTRY_UNAVAILABLE');
    } finally {
      await cloud.query(REGISTRY_ID, 'ALTER TABLE accounts_away RENAME TO accounts');
    }
  });
});

test('every operation of the platform answers as promised where the registry is away', async () => {
  const account = await openAccount(instance, 'filing');
  const accepted = await signUp(instance, 'contract');
  await untilActive(instance, accepted);
  const caller = new Caller({
    contract: new Contract((await send(`${instance.url}/openapi.json`)).body),
    url: instance.url,
    token: instance.admin_token,
    knowledge: platformKnowledge({ instance, accepted, account }),
  });
  const prepared = await prepare(caller);
  const tables = (
    await cloud.query(
      REGISTRY_ID,
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '[a-z]*' AND name NOT LIKE 'sqlite%'`,
    )
  ).map(({ name }) => String(name));
  for (const name of tables) await cloud.query(REGISTRY_ID, `ALTER TABLE "${name}" RENAME TO "${name}_away"`);
  const answers = codesOf(await sendAll(caller, prepared));
  // Files need it only where the route is not kept, and health asks it for nothing that it holds.
  const withoutIt = ['getHealth', 'getPublicKeys', 'getOpenApiDocument', 'getReferencePage'];
  const maybe = ['uploadFile', 'downloadFile', 'inspectFile'];
  expect(answers.filter(([name]) => !maybe.includes(name))).toStrictEqual(
    prepared.flatMap(({ operation: { operationId: name } }) =>
      maybe.includes(name) ? [] : [[name, withoutIt.includes(name) ? 200 : 'INTERNAL']],
    ),
  );
});
