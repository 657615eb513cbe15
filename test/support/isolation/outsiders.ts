import { createHash } from 'node:crypto';
import { forgedTokens } from '../forged-tokens.ts';
import { send } from '../send.ts';
import type { Intruder } from './intruders.ts';
import type { IsolationStage } from './isolation-stage.ts';

/** Everybody who is no operator, whatever they hold of an account's or of the admin token. */
export async function outsiders(stage: IsolationStage, intruders: readonly Intruder[]): Promise<Intruder[]> {
  const { platform, theirs } = stage;
  const { admin_token: admin, url } = platform.instance;
  const jwks = (await send(`${url}/.well-known/jwks.json`)).body;
  const ofAccounts = intruders.flatMap(({ who, token }): Intruder[] =>
    token === undefined || token === admin ? [] : [{ who, token, code: 'ADMIN_TOKEN_INVALID' }],
  );
  const tokens = {
    "an owner's token": theirs.session.access_token,
    'the digest of the admin token': createHash('sha256').update(admin).digest('hex'),
    'the admin token and a character more': `${admin}0`,
    'the admin token but its last character': admin.slice(0, -1),
    'a token of another key': forgedTokens(theirs.session.access_token, jwks)[0]?.token ?? '',
    "the Cloudflare account's token": platform.instance.cloudflare_api_token,
  };
  const headers: Readonly<Record<string, Intruder['headers']>> = {
    'no token': {},
    'the admin token by Basic': { authorization: `Basic ${admin}` },
    'the admin token in a cookie': { cookie: `token=${admin}` },
    'the admin token in another header': { 'x-admin-token': admin, 'proxy-authorization': `Bearer ${admin}` },
    'two admin tokens': { authorization: [`Bearer ${admin}`, `Bearer ${admin}`] },
  };
  return [
    ...ofAccounts,
    ...Object.entries(tokens).map(([who, token]) => ({ who, token, code: 'ADMIN_TOKEN_INVALID' }) as const),
    ...Object.entries(headers).map(([who, sent]) => ({
      ...{ who, token: undefined, code: 'TOKEN_MISSING' as const },
      ...(sent && { headers: sent }),
    })),
  ];
}
