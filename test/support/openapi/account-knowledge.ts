import { storedDocument } from '../documents.ts';
import { type Mailbox, tokenOf } from '../mailbox.ts';
import type { OidcIssuer } from '../oidc-issuer.ts';
import type { OpenAccount, Session } from '../open-account.ts';
import { PASSWORD } from '../sign-up.ts';
import type { Knowledge } from './caller.ts';

/** Whom the ID tokens are for. */
export const AUDIENCE = 'contract';

export interface AccountKnowledgeOptions {
  readonly account: OpenAccount;
  readonly credentials: Credentials;
  /** An issuer that the platform trusts, and what the platform logs. */
  readonly issuer: OidcIssuer;
  readonly log: Mailbox;
}

interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** What the document of an account cannot say: tokens, links, passwords, and pairs that must be new each time. */
export function accountKnowledge({ account, credentials, issuer, log }: AccountKnowledgeOptions): Knowledge {
  const { email } = credentials;
  const newClient = () => create(account, '/clients', { kind: 'company', company_name: 'Contract' });
  return {
    logIn: () => ({ json: credentials }),
    logInExternally: async () => ({ json: { id_token: await issuer.idToken({ aud: AUDIENCE, email }) } }),
    refreshSession: async () => ({
      json: { refresh_token: (await newSession(account, credentials)).refresh_token },
    }),
    logOut: async () => ({ token: (await newSession(account, credentials)).access_token }),
    logOutEverywhere: async () => ({ token: await newToken(account) }),
    changePassword: async () => ({
      token: await newToken(account),
      json: { current_password: PASSWORD, new_password: 'another long password' },
    }),
    requestPasswordReset: async () => ({ json: { email: (await newUser(account, 'member')).email } }),
    completePasswordReset: async () => {
      const { email } = await newUser(account, 'member');
      await create(account, '/password-resets', { email });
      return { json: { token: tokenOf(await log.waitFor(email)), new_password: PASSWORD } };
    },
    acceptInvitation: async () => {
      const email = newEmail();
      await create(account, '/invitations', { name: 'Ivy', email });
      return { json: { token: tokenOf(await log.waitFor(email)), password: PASSWORD } };
    },
    createClientDependantClient: async () => {
      const dependant = await create(account, '/client-dependants', { first_name: 'Kit' });
      return { json: { client_id: (await newClient()).id, client_dependant_id: dependant.id } };
    },
    downloadDocument: async () => ({ id: (await storedDocument(account, 'bytes')).id }),
    updateClientDependantClient: async () => ({
      json: { client_id: (await newClient()).id, relationship: 'child' },
    }),
  };
}

/** A user of the account with that role, who has a password. */
export async function newUser(account: OpenAccount, role: string): Promise<Credentials> {
  const credentials = { email: newEmail(), password: PASSWORD };
  await create(account, '/users', { name: role, role, ...credentials });
  return credentials;
}

export async function newSession(account: OpenAccount, json: Credentials): Promise<Session> {
  return Object((await account.send('/sessions', { method: 'POST', json, token: undefined })).body);
}

async function newToken(account: OpenAccount): Promise<string> {
  return (await newSession(account, await newUser(account, 'member'))).access_token;
}

async function create(account: OpenAccount, path: string, json: object): Promise<{ readonly id: string }> {
  const answer = await account.send(path, { method: 'POST', json });
  if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.text}`);
  return Object(answer.body);
}

function newEmail(): string {
  return `${crypto.randomUUID()}@contract.example`;
}
