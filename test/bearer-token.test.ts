import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestPlatform } from './support/local-platform.ts';
import { ADDRESS_FORMS, type OpenAccount, openAccount } from './support/open-account.ts';
import { expectRefusal } from './support/refusal.ts';
import { send } from './support/send.ts';

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let ours: OpenAccount;
let theirs: OpenAccount;

beforeAll(async () => {
  platform = await startTestPlatform();
  [ours, theirs] = await Promise.all([
    openAccount(platform.instance, 'ours'),
    openAccount(platform.instance, 'theirs'),
  ]);
});
afterAll(() => platform?.stop());

describe.each(ADDRESS_FORMS)('in the %s form', (form) => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('the scheme may be written %s', async (scheme) => {
    for (const space of [' ', '   ']) {
      const bearing = (account: OpenAccount) => ({
        headers: { authorization: `${scheme}${space}${account.session.access_token}` },
      });
      expect((await send(`${ours.url(form)}/me`, bearing(ours))).status).toBe(200);
      expectRefusal(await send(`${ours.url(form)}/me`, bearing(theirs)), 'ACCOUNT_NOT_FOUND');
    }
  });

  test('an address that is nothing tells a stranger no more than one that is something', async () => {
    const at = `${ours.url(form)}/nowhere`;
    expectRefusal(await send(at, { token: theirs.session.access_token }), 'ACCOUNT_NOT_FOUND');
    expectRefusal(await send(at), 'TOKEN_MISSING');
  });
});

describe('a token is taken from one Authorization header of scheme Bearer and from nowhere else:', () => {
  const good = () => ours.session.access_token;
  const at = (query = '') => `${ours.url('path')}/clients${query}`;

  test('not from the query', async () => {
    for (const name of ['access_token', 'token', 'authorization']) {
      expectRefusal(await send(at(`?${name}=${good()}`)), 'TOKEN_MISSING');
    }
  });

  test.each(['cookie', 'x-access-token', 'x-auth-token', 'proxy-authorization', 'x-forwarded-authorization'])(
    'not from the header %s',
    async (name) => {
      const value = name === 'cookie' ? `access_token=${good()}; token=${good()}` : `Bearer ${good()}`;
      expectRefusal(await send(at(), { headers: { [name]: value } }), 'TOKEN_MISSING');
    },
  );

  test('not from the body', async () => {
    const json = { kind: 'company', company_name: 'x', access_token: good() };
    expectRefusal(await send(at(), { method: 'POST', json }), 'TOKEN_MISSING');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `access_token=${good()}`;
    expectRefusal(await send(at(), { method: 'POST', body, headers }), 'TOKEN_MISSING');
  });

  test.each(['Basic', 'Token', 'JWT', 'Digest', 'DPoP', 'Bearer,', 'Bearer:', ''])(
    'not with the scheme %j',
    async (scheme) => {
      const headers = { authorization: `${scheme} ${good()}`.trim() };
      expectRefusal(await send(at(), { headers }), 'TOKEN_MISSING');
    },
  );

  test('not from two headers, whichever of them is good', async () => {
    const [own, foreign] = [`Bearer ${good()}`, `Bearer ${theirs.session.access_token}`];
    for (const authorization of [
      [own, foreign],
      [foreign, own],
      [own, own],
    ]) {
      expectRefusal(await send(at(), { headers: { authorization } }), 'TOKEN_MISSING');
    }
    expectRefusal(await send(at(), { headers: { authorization: `${own}, ${foreign}` } }), 'TOKEN_MISSING');
  });
});
