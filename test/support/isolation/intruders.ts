import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { downloadUrl, newDocument, storedDocument } from '../documents.ts';
import { forgedTokens } from '../forged-tokens.ts';
import type { OpenAccount } from '../open-account.ts';
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
    ...(await ofEndedSessions(stage)),
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
async function ofEndedSessions(stage: IsolationStage): Promise<Intruder[]> {
  const { theirs } = stage;
  const owner = theirs.session.access_token;
  const ways: Readonly<Record<string, (id: string, token: string) => Promise<unknown>>> = {
    'a removed user': (id) => order(theirs, owner, 'DELETE', `/users/${id}`),
    'a deactivated user': (id) => order(theirs, owner, 'PATCH', `/users/${id}`, { status: 'inactive' }),
    'a user who has another role now': (id) =>
      order(theirs, owner, 'PATCH', `/users/${id}`, { role: 'admin' }),
    'a user who logged out': (_id, token) => order(theirs, token, 'DELETE', '/sessions/current'),
    'a user who logged out everywhere, elsewhere': async (id) =>
      order(theirs, await stage.openSession(theirs, id, 'owner'), 'DELETE', '/sessions'),
  };
  const ended = Object.entries(ways).map(async ([who, end]): Promise<Intruder> => {
    const id = await stage.addUser(theirs, 'owner');
    const token = await stage.openSession(theirs, id, 'owner');
    await order(theirs, token, 'GET', '/me');
    await end(id, token);
    return { who, token, code: 'SESSION_ENDED' };
  });
  return Promise.all([...ended, ofChangedPassword(theirs)]);
}

async function ofChangedPassword(theirs: OpenAccount): Promise<Intruder> {
  const credentials = await newUser(theirs, 'owner');
  const { access_token: token } = await newSession(theirs, credentials);
  const elsewhere = await newSession(theirs, credentials);
  const json = { current_password: PASSWORD, new_password: 'another long password' };
  await order(theirs, elsewhere.access_token, 'POST', '/me/password', json);
  return { who: 'a user who changed the password elsewhere', token, code: 'SESSION_ENDED' };
}

/** Tokens that nobody gets, for a claim of theirs is another than the session has. */
async function ofSessionsThatNeverWere(stage: IsolationStage): Promise<Intruder[]> {
  const { ours, theirs, sign } = stage;
  const claims = claimsOf(theirs.session.access_token);
  const adminId = await stage.addUser(theirs, 'admin');
  const admin = claimsOf(await stage.openSession(theirs, adminId, 'admin'));
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

async function order(account: OpenAccount, token: string, method: string, path: string, json?: object) {
  const answer = await account.send(path, { method, token, ...(json && { json }) });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.text}`);
}

function tokenOfUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
