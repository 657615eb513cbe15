import { afterAll, describe, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { OidcIssuer } from './support/oidc-issuer.ts';
import { type OpenAccount, openAccount } from './support/open-account.ts';
import { AUDIENCE } from './support/openapi/account-knowledge.ts';
import { Caller, type Knowledge } from './support/openapi/caller.ts';
import { Contract } from './support/openapi/contract.ts';
import { send } from './support/send.ts';
import { ownerEmail } from './support/sign-up.ts';

/** In each minute: the second attempt of a kind is one too many. */
const ONE = { limit: 1, period: 60 } as const;

// What is tested is read from the documents themselves, so the platform runs before the tests are named.
const issuer = await OidcIssuer.start();
const trusted = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, audience: [AUDIENCE] };
const platform = await startTestPlatform({
  vars: { TRUSTED_ISSUERS: JSON.stringify([{ ...trusted, algorithms: ['RS256'], accounts: 'all' }]) },
  rateLimits: { SIGNUP_LIMIT: ONE, LOGIN_LIMIT: ONE, FILE_LIMIT: ONE },
});
const { instance } = platform;
const account: OpenAccount = await openAccount(instance, 'limited');
afterAll(async () => {
  await platform.stop();
  await issuer[Symbol.asyncDispose]();
});

/** What is counted although it does not succeed; all else is a sample. */
const knowledge: Knowledge = {
  logInExternally: async () => ({
    json: { id_token: await issuer.idToken({ aud: AUDIENCE, email: ownerEmail('limited') }) },
  }),
  ...Object.fromEntries(
    ['uploadFile', 'downloadFile', 'inspectFile'].map((name) => [
      name,
      () => ({ path: { slug: 'limited', token: 'x' } }),
    ]),
  ),
};

async function limitedOperations(url: string, token: string) {
  const contract = new Contract((await send(`${url}/openapi.json`)).body);
  const caller = new Caller({ contract, url, token, knowledge });
  return contract.operations
    .filter((operation) => contract.refusals(operation, 429).length > 0)
    .map((operation) => ({ caller, operation, name: operation.operationId }));
}

const limited = [
  ...(await limitedOperations(instance.url, instance.admin_token)),
  ...(await limitedOperations(account.url('path'), account.session.access_token)),
];

describe('a limit by the minute', () => {
  test.each(limited)(
    'of $name is answered as promised, with when to come again',
    async ({ caller, operation }) => {
      const request = await caller.goodRequest(operation);
      const answers = [];
      // A minute may end between two of them, and not between the next two again.
      for (let tries = 0; tries < 3; tries++) answers.push(await caller.send(operation, request));
      const refused = answers.find(({ status }) => status === 429);
      if (!refused) throw new Error(`${operation.operationId} answered ${answers.map((a) => a.text)}`);
      caller.contract.expectRefusal(operation, refused, 'RATE_LIMITED');
      expect(refused.headers.get('retry-after')).toBe('60');
      for (const answer of answers) caller.contract.expectPromised(operation, answer);
    },
  );

  test('is promised of what signs up, logs in, invites, takes a link or a password, or is a file', () => {
    expect(limited.map(({ name }) => name).sort()).toStrictEqual(
      [
        ...[
          'acceptInvitation',
          'changePassword',
          'completePasswordReset',
          'createInvitation',
          'downloadFile',
        ],
        ...['inspectFile', 'logIn', 'logInExternally', 'requestPasswordReset', 'signUp', 'uploadFile'],
      ].sort(),
    );
  });
});
