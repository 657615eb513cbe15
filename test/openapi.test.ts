import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { OPEN_ROUTES } from '#platform-worker/routing/serve-account.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { Mailbox } from './support/mailbox.ts';
import { OidcIssuer } from './support/oidc-issuer.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount } from './support/open-account.ts';
import { AUDIENCE, accountKnowledge, newSession, newUser } from './support/openapi/account-knowledge.ts';
import { Caller } from './support/openapi/caller.ts';
import { Contract, type DocumentedOperation } from './support/openapi/contract.ts';
import {
  answersInEveryForm,
  deletesAsPromised,
  givesCursors,
  heedsItsHeaders,
  keepsItsPromise,
  maySendTwice,
  refusesBadBodies,
  servesItsParameters,
} from './support/openapi/contract-cases.ts';
import { platformKnowledge } from './support/openapi/platform-knowledge.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';
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
const accepted = await signUp(instance, 'contract');
await untilActive(instance, accepted);
const account: OpenAccount = await openAccount(instance, 'other');
const credentials = { email: ownerEmail('other'), password: PASSWORD };
afterAll(async () => {
  await platform.stop();
  await issuer[Symbol.asyncDispose]();
  log.close();
});

async function readContract(url: string): Promise<Contract> {
  return new Contract((await send(`${url}/openapi.json`)).body);
}

const surfaces = [
  {
    surface: 'the platform',
    caller: new Caller({
      contract: await readContract(instance.url),
      url: instance.url,
      token: instance.admin_token,
      knowledge: platformKnowledge({ instance, accepted, account }),
    }),
  },
  ...(await Promise.all(
    ADDRESS_FORMS.map(async (form) => ({
      surface: `an account, by ${form}`,
      caller: new Caller({
        contract: await readContract(account.url(form)),
        url: account.url(form),
        token: account.session.access_token,
        knowledge: accountKnowledge({ account, credentials, issuer, log }),
      }),
    })),
  )),
];

describe.each(surfaces)('the document of $surface', ({ caller }) => {
  const { operations, document } = caller.contract;
  const named = (some: (operation: DocumentedOperation) => boolean) =>
    operations.filter(some).map((operation) => ({ ...operation, toString: () => operation.operationId }));
  const isList = ({ operationId }: DocumentedOperation) => /^(admin)?list/i.test(operationId);

  test('names every operation once, and every part that it refers to is there', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, kind = '', name = ''] of JSON.stringify(document).matchAll(
      /"#\/components\/(\w+)\/([^"]+)"/g,
    )) {
      expect(Object.keys(Reflect.get(document.components, kind)), kind).toContain(name);
    }
    for (const operation of operations) {
      const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = caller.contract.parameters(operation);
      expect(parameters.filter((p) => p.in === 'path').map((p) => p.name)).toStrictEqual(inPath);
      const places = parameters.map((p) => `${p.in} ${p.name.toLowerCase()}`);
      expect(new Set(places).size).toBe(places.length);
      for (const scheme of operation.security.flatMap(Object.keys)) {
        expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
      }
    }
  });

  const hasForms = (operation: DocumentedOperation) => caller.contract.mediaTypes(operation, 200).length > 1;
  test.each(named(hasForms))('%s answers in every form', (operation) =>
    answersInEveryForm(caller, operation),
  );

  const neverGood = ['adminRetryOperation'];
  test.each(named(({ operationId }) => !neverGood.includes(operationId)))(
    '%s answers as promised',
    (operation) => keepsItsPromise(caller, operation),
  );

  test.each(named(({ operationId }) => neverGood.includes(operationId)))(
    '%s refuses as promised what has not failed',
    async (operation) => {
      const answer = await caller.send(operation, await caller.goodRequest(operation));
      caller.contract.expectRefusal(operation, answer, 'OPERATION_NOT_RETRYABLE');
    },
  );

  test.each(named((operation) => caller.contract.bodySchema(operation) !== undefined))(
    '%s refuses other bodies',
    (operation) => refusesBadBodies(caller, operation),
  );

  test.each(named(({ method }) => method === 'POST'))('%s may be sent twice', (operation) =>
    maySendTwice(caller, operation),
  );

  test.each(named(isList))('%s serves every parameter', (operation) =>
    servesItsParameters(caller, operation),
  );

  const hasCursor = (operation: DocumentedOperation) =>
    caller.contract.parameters(operation).some(({ name }) => name === 'cursor');
  test.each(named(hasCursor))('%s gives cursors that lead on', (operation) =>
    givesCursors(caller, operation),
  );

  test.each(named((operation) => caller.contract.parameters(operation).some((p) => p.in === 'header')))(
    '%s heeds its headers',
    (operation) => heedsItsHeaders(caller, operation),
  );

  test.each(named(({ method }) => method === 'DELETE').filter(({ path }) => path.includes('{')))(
    '%s does as promised with what others refer to',
    (operation) => deletesAsPromised(caller, operation),
  );

  test.each(named(({ path }) => path.includes('{id}')))('%s refuses an unknown id', async (operation) => {
    const good = await caller.goodRequest(operation);
    for (const id of [UNKNOWN, 'not-an-id']) {
      const answer = await caller.send(operation, { ...good, id });
      caller.contract.expectPromised(operation, answer);
      expect(answer.status === 404 || operation.operationId === 'adminRunOperation', answer.text).toBe(true);
    }
  });

  test.each(named(({ security }) => security.length > 0))('%s asks for a token', async (operation) => {
    const good = await caller.goodRequest(operation);
    const none = await caller.send(operation, { ...good, token: undefined });
    caller.contract.expectRefusal(operation, none, 'TOKEN_MISSING');
    const wrong = await caller.send(operation, { ...good, token: 'not.a.token' });
    caller.contract.expectPromised(operation, wrong);
    expect(wrong.status).toBe(401);
  });
});

describe('the roles that a document names', () => {
  const [, accountSurface] = surfaces;
  if (!accountSurface) throw new Error('There are three.');
  const { caller } = accountSurface;
  const limited = caller.contract.operations.filter((operation) => operation['x-roles'] !== undefined);

  test.each(['owner', 'admin', 'member', 'viewer'])('are those that may: %s', async (role) => {
    const { access_token: token } = await newSession(account, await newUser(account, role));
    for (const operation of limited) {
      const answer = await caller.send(operation, { ...(await caller.goodRequest(operation)), token });
      caller.contract.expectPromised(operation, answer);
      const may = operation['x-roles']?.includes(role);
      expect(answer.status !== 403, `${operation.operationId}: ${answer.text}`).toBe(may);
    }
  });
});

describe.each([
  ['the platform', instance.url],
  ...ADDRESS_FORMS.map((form) => [`an account, by ${form}`, account.url(form)]),
])('the reference page of %s', (_, url = '') => {
  test('is one file that runs no script and loads nothing', async () => {
    const { status, headers, text } = await send(`${url}/docs`);
    expect([status, headers.get('content-type')]).toStrictEqual([200, 'text/html; charset=utf-8']);
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(text).not.toMatch(/<(script|link|img|iframe)|\son\w+=|\sstyle=/i);
    expect(text).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">');
  });

  test('tells of every operation, and names the addresses', async () => {
    const { text } = await send(`${url}/docs`);
    const { document, operations } = await readContract(url);
    for (const { operationId } of operations) expect(text).toContain(`id="${operationId}"`);
    for (const server of document.servers) expect(text).toContain(`<code>${server.url}</code>`);
  });

  test.each(['/openapi.json', '/docs'])('and the document are open to anybody, to read: %s', async (path) => {
    const open = await send(`${url}${path}`);
    expect(open).toMatchObject({ status: 200 });
    for (const token of ['not.a.token', account.session.access_token]) {
      expect((await send(`${url}${path}`, { token })).text).toBe(open.text);
    }
    expect(await send(`${url}${path}`, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    const refused = await send(`${url}${path}`, { method: 'POST', json: {} });
    expectRefusal(refused, 'METHOD_NOT_ALLOWED', { allow: ['GET', 'HEAD'] });
  });
});

test("an account's document says of exactly the open routes that they need no token", () => {
  for (const { surface, caller } of surfaces.slice(1)) {
    const open = caller.contract.operations.filter(({ security }) => security.length === 0);
    expect(open.map(({ method, path }) => `${method} ${path}`).sort(), surface).toStrictEqual(
      [...Object.keys(OPEN_ROUTES).map((path) => `POST ${path}`), 'GET /docs', 'GET /openapi.json'].sort(),
    );
  }
});

test("an account's document names both of its addresses, the one that was used first", async () => {
  const serversBy = async (form: (typeof ADDRESS_FORMS)[number]) =>
    (await readContract(account.url(form))).document.servers.map((server) => server.url);
  const urls = ADDRESS_FORMS.map((form) => account.url(form));
  expect(await serversBy('path')).toStrictEqual(urls);
  expect(await serversBy('host')).toStrictEqual(urls.toReversed());
});

test.each(['/openapi.json', '/docs'])(
  '%s of an account that is not there is answered as anything else of it',
  async (path) => {
    const unknown = await send(`${instance.url}/a/nobody${path}`);
    const other = await send(`${instance.url}/a/nobody/clients`);
    const withoutId = ({ text, headers }: typeof other) =>
      text.replaceAll(headers.get('x-request-id') ?? '', '');
    expectRefusal(unknown, 'ACCOUNT_NOT_FOUND');
    expect(withoutId(unknown)).toBe(withoutId(other));
  },
);
