import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { downloadUrl, newDocument, storedDocument } from '../documents.ts';
import { forgedTokens } from '../forged-tokens.ts';
import type { OpenAccount, Session } from '../open-account.ts';
import { newSession, newUser } from '../openapi/account-knowledge.ts';
import { claimsOf } from '../platform-signer.ts';
import { type SentHeaders, send } from '../send.ts';
import { PASSWORD } from '../sign-up.ts';
import type { IsolationStage } from './isolation-stage.ts';

/** Somebody whom no route of the account that needs a token lets in, and the code that says so. */
export interface Intruder {
  readonly who: string;
  readonly token?: string | undefined;
  readonly headers?: SentHeaders;
  readonly code: ErrorCode;
}

/** Everybody who has no business at `theirs`. */
export async function intruders(stage: IsolationStage): Promise<Intruder[]> {
  return [
    ...(await withoutGoodToken(stage)),
    ...(await withTokenOfAnotherKind(stage)),
    ...(await ofAnotherAccount(stage)),
    ...(await ofEndedSessions(stage.theirs)),
    ...(await ofSessionsThatNeverWere(stage)),
  ];
}

async function withoutGoodToken({ platform, theirs, sign }: IsolationStage): Promise<Intruder[]> {
  const good = theirs.session.access_token;
  const now = Math.floor(Date.now() / 1000);
  const expired = await sign({ ...claimsOf(good), iat: now - 901, exp: now - 1 });
  const jwks = (await send(`${platform.instance.url}/.well-known/jwks.json`)).body;
  const forged = forgedTokens(good, jwks).map(({ what, token }): Intruder => {
    return { who: `a token ${what}`, token, code: 'TOKEN_INVALID' };
  });
  return [
    { who: 'no token', token: undefined, code: 'TOKEN_MISSING' },
    { who: 'a token by Basic', headers: { authorization: `Basic ${good}` }, code: 'TOKEN_MISSING' },
    { who: 'a token in a cookie', headers: { cookie: `access_token=${good}` }, code: 'TOKEN_MISSING' },
    { who: 'an expired token', token: expired, code: 'TOKEN_EXPIRED' },
    ...forged,
  ];
}

/** Tokens that the platform did sign, for something else than a user's request. */
async function withTokenOfAnotherKind({ platform, theirs, sign }: IsolationStage): Promise<Intruder[]> {
  const { refresh_token, access_token } = theirs.session;
  const claims = claimsOf(access_token);
  const { iss, aud, iat } = claims;
  const upload = (await newDocument(theirs, 'bytes')).upload.url;
  const download = await downloadUrl(theirs, (await storedDocument(theirs, 'bytes')).id);
  const control = { iss, aud, iat, exp: Number(iat) + 900, scope: 'control' };
  const tokens = {
    'a control token': await sign(control),
    'a control token that names a user': await sign({ ...claims, scope: 'control' }),
    'the token of an upload': tokenOfUrl(upload),
    'the token of a download': tokenOfUrl(download),
    'a token without a scope': await sign({ ...claims, scope: undefined }),
    'a token of another issuer': await sign({ ...claims, iss: 'https://elsewhere.example' }),
    'a token for two audiences': await sign({ ...claims, aud: [aud, randomUUID()] }),
    'a refresh token': refresh_token,
    'the admin token': platform.instance.admin_token,
  };
  return Object.entries(tokens).map(([who, token]) => ({ who, token, code: 'TOKEN_INVALID' }));
}

async function ofAnotherAccount(stage: IsolationStage): Promise<Intruder[]> {
  const { ours, theirs, sign } = stage;
  const token = ours.session.access_token;
  const claims = claimsOf(theirs.session.access_token);
  const code = 'ACCOUNT_NOT_FOUND';
  return [
    { who: "another account's token", token, code },
    { who: "another account's token and headers of ours", token, headers: internalHeaders(stage), code },
    {
      who: "another account's token that names this account's user",
      token: await sign({ ...claims, aud: stage.stackOf(ours).id }),
      code,
    },
    { who: 'headers that only the platform sets', headers: internalHeaders(stage), code: 'TOKEN_MISSING' },
  ];
}

/** What a caller would have the hash of an invitation's token be. */
export const CHOSEN_TOKEN_SHA256 = 'b1'.repeat(32);

/** Headers that say of a request what only the platform may say, in favour of `theirs`. */
export function internalHeaders(stage: IsolationStage): SentHeaders {
  const { theirs } = stage;
  return {
    'x-freehold-account-url': theirs.url('path'),
    'x-freehold-account-other-url': theirs.url('host'),
    'x-freehold-account-id': theirs.account.id,
    'x-freehold-stack-id': stage.stackOf(theirs).id,
    'x-freehold-user-id': theirs.session.user.id,
    'x-freehold-role': 'owner',
    'x-freehold-one-time-token-sha256': CHOSEN_TOKEN_SHA256,
    'x-forwarded-host': 'theirs.localhost',
    'x-original-url': '/a/theirs/clients',
    'x-http-method-override': 'GET',
  };
}

/** Good tokens of owners whose session is no more, for each way in which one ends. */
async function ofEndedSessions(theirs: OpenAccount): Promise<Intruder[]> {
  const ways: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
    'a removed user': ({ user }) => order(theirs, 'DELETE', `/users/${user.id}`),
    'a deactivated user': ({ user }) => order(theirs, 'PATCH', `/users/${user.id}`, { status: 'inactive' }),
    'a user who has another role now': ({ user }) =>
      order(theirs, 'PATCH', `/users/${user.id}`, { role: 'admin' }),
    'a user who logged out': ({ access_token }) =>
      order(theirs, 'DELETE', '/sessions/current', undefined, access_token),
    'a user who logged out everywhere else': async ({ user }) => {
      const { access_token } = await newSession(theirs, { email: String(user.email), password: PASSWORD });
      await order(theirs, 'DELETE', '/sessions', undefined, access_token);
    },
    'a user who changed the password elsewhere': async ({ user }) => {
      const { access_token } = await newSession(theirs, { email: String(user.email), password: PASSWORD });
      const json = { current_password: PASSWORD, new_password: 'another long password' };
      await order(theirs, 'POST', '/me/password', json, access_token);
    },
  };
  const ended = Object.entries(ways).map(async ([who, end]): Promise<Intruder> => {
    const session = await newSession(theirs, await newUser(theirs, 'owner'));
    await end(session);
    return { who, token: session.access_token, code: 'SESSION_ENDED' };
  });
  return Promise.all(ended);
}

/** Tokens that nobody gets, for a claim of theirs is another than the session has. */
async function ofSessionsThatNeverWere({ ours, theirs, sign }: IsolationStage): Promise<Intruder[]> {
  const claims = claimsOf(theirs.session.access_token);
  const admin = claimsOf((await newSession(theirs, await newUser(theirs, 'admin'))).access_token);
  const changes = {
    'a token of another account by its claim': { account_id: ours.account.id },
    'a token of another user than the session': { sub: ours.session.user.id },
    'a token of a session that is not there': { sid: randomUUID() },
    'a token of a higher role than the user': { ...admin, role: 'owner' },
    "a token of another account's session": { sid: claimsOf(ours.session.access_token).sid },
  };
  const tokens = Object.entries(changes).map(async ([who, changed]): Promise<Intruder> => {
    return { who, token: await sign({ ...claims, ...changed }), code: 'SESSION_ENDED' };
  });
  return Promise.all(tokens);
}

async function order(
  account: OpenAccount,
  method: string,
  path: string,
  json?: object,
  token = account.session.access_token,
): Promise<void> {
  const answer = await account.send(path, { method, token, ...(json && { json }) });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.text}`);
}

function tokenOfUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
