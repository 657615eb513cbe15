import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { setAccountStatus } from '../account-status.ts';
import { downloadUrl, newDocument, storedDocument } from '../documents.ts';
import type { OpenAccount } from '../open-account.ts';
import { send } from '../send.ts';
import { type Accepted, signUp, signupBody, untilActive } from '../sign-up.ts';
import type { Knowledge } from './caller.ts';

/** What files of the test hold. */
export const BYTES = 'The quick brown fox';

export interface PlatformKnowledgeOptions {
  readonly instance: LocalInstance;
  /** A signup whose operation has ended. */
  readonly accepted: Accepted;
  /** An account that has files. */
  readonly account: OpenAccount;
}

/** What the document of the platform cannot say: what is there already, and names that must be new each time. */
export function platformKnowledge({ instance, accepted, account }: PlatformKnowledgeOptions): Knowledge {
  return {
    signUp: () => ({ json: signupBody(newSlug()) }),
    readOperation: () => ({ id: accepted.operation.id }),
    adminReadOperation: () => ({ id: accepted.operation.id }),
    adminRunOperation: () => ({ id: accepted.operation.id }),
    adminRetryOperation: () => ({ id: accepted.operation.id }),
    adminReadAccount: () => ({ id: accepted.account.id }),
    adminSuspendAccount: () => newAccount(instance),
    adminResumeAccount: () => newAccount(instance, 'suspended'),
    adminChangeSlug: async () => ({ ...(await newAccount(instance)), json: { slug: newSlug() } }),
    adminReadStack: async () => {
      const answer = await send(`${instance.url}/admin/stacks`, { token: instance.admin_token });
      return { id: Object(answer.body).data[0].id };
    },
    readProvider: () => newProvider(instance),
    // The release that is there already: whoever signs up after this is served.
    adminPublishRelease: async () => ({ json: await buildRelease() }),
    uploadFile: async () => {
      const { upload } = await newDocument(account, BYTES);
      return { path: placeOf(account, upload.url), headers: upload.headers, body: BYTES };
    },
    downloadFile: () => downloadOf(account),
    inspectFile: () => downloadOf(account),
    adminAddProvider: () => ({ json: { name: `Provider ${crypto.randomUUID()}` } }),
  };
}

function newSlug(): string {
  return `new-${crypto.randomUUID().slice(0, 8)}`;
}

async function newAccount(instance: LocalInstance, status: AccountStatus = 'active') {
  const { id } = await untilActive(instance, await signUp(instance, newSlug()));
  await setAccountStatus(instance, id, status);
  return { id };
}

/** What the path of a file's address says. */
function placeOf({ account: { slug } }: OpenAccount, url: string) {
  return { slug, token: url.slice(url.lastIndexOf('/') + 1) };
}

async function downloadOf(account: OpenAccount) {
  const { id } = await storedDocument(account, BYTES);
  return { path: placeOf(account, await downloadUrl(account, id)) };
}

async function newProvider(instance: LocalInstance) {
  const json = { name: `Provider ${crypto.randomUUID()}` };
  const answer = await send(`${instance.url}/admin/providers`, {
    method: 'POST',
    token: instance.admin_token,
    json,
  });
  return { id: Object(answer.body).id };
}
