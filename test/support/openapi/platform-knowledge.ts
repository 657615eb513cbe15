import { buildRelease } from '#provisioner/cli/build/build-release.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { setAccountStatus } from '../account-status.ts';
import { CustomHostnames } from '../custom-hostnames.ts';
import { deleteAccount, endGrace } from '../delete-account.ts';
import { downloadUrl, newDocument, storedDocument } from '../documents.ts';
import type { OpenAccount } from '../open-account.ts';
import { newRollout, unusedRelease } from '../rollouts.ts';
import { send } from '../send.ts';
import { type Accepted, signUp, signupBody, untilActive, untilFinished } from '../sign-up.ts';
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
    adminAddHostname: async () => ({ ...(await newAccount(instance)), json: { hostname: newHostname() } }),
    adminRemoveHostname: () => newHostnameOf(instance),
    adminReadAccountTags: () => ({ id: accepted.account.id }),
    adminSetAccountTags: () => ({ id: accepted.account.id }),
    adminReadHostnames: () => ({ id: accepted.account.id }),
    adminDeleteAccount: () => newAccount(instance),
    adminUndeleteAccount: () => deletedAccount(instance),
    adminPurgeAccount: () => purgeableAccount(instance),
    adminExportAccount: () => newAccount(instance),
    adminRestoreAccount: async () => ({ ...(await newAccount(instance)), json: { timestamp: Date.now() } }),
    adminRestoreExport: () => exportedAccount(instance),
    adminCloneAccount: async () => {
      const { id, json } = await exportedAccount(instance);
      return { id, json: { ...json, name: 'Copy', slug: newSlug() } };
    },
    adminReadExport: () => newExport(instance, accepted.account),
    adminReadExportFile: () => newExport(instance, accepted.account),
    adminReadStack: async () => {
      const answer = await send(`${instance.url}/admin/stacks`, { token: instance.admin_token });
      return { id: Object(answer.body).data[0].id };
    },
    adminReadRelease: () => currentRelease(instance),
    adminReadReleaseBundle: () => currentRelease(instance),
    adminPlanRollout: async () => ({ json: { release_id: await unusedRelease(instance) } }),
    adminReadRollout: () => newRollout(instance, 'finished'),
    adminListRolloutTargets: () => newRollout(instance, 'finished'),
    adminStartRollout: () => newRollout(instance, 'planned'),
    adminPauseRollout: () => newRollout(instance, 'running'),
    adminResumeRollout: () => newRollout(instance, 'paused'),
    adminAbortRollout: () => newRollout(instance, 'paused'),
    adminRollBackRollout: () => newRollout(instance, 'finished'),
    adminRunRollout: () => newRollout(instance, 'planned'),
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

function newHostname(): string {
  return `new-${crypto.randomUUID()}.hart.dev`;
}

async function newHostnameOf(instance: LocalInstance) {
  const { id } = await newAccount(instance);
  const hostname = newHostname();
  await new CustomHostnames(instance).addPending(id, hostname);
  return { path: { idOrSlug: id, hostname } };
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

/** An account whose deletion is settled. */
async function deletedAccount(instance: LocalInstance) {
  const { id } = await newAccount(instance);
  await deleteAccount(instance, id);
  return { id };
}

/** An account whose grace is over, and which no cron purges: somebody wanted it back. */
async function purgeableAccount(instance: LocalInstance) {
  const { id } = await deletedAccount(instance);
  await endGrace(instance, id);
  return { id };
}

/** An account that can be restored from an export of its own. */
async function exportedAccount(instance: LocalInstance) {
  const account = await newAccount(instance);
  const { id } = await newExport(instance, account);
  return { ...account, json: { export_id: id } };
}

async function newExport(instance: LocalInstance, account: { readonly id: string }) {
  const url = `${instance.url}/admin/accounts/${account.id}/export`;
  const begun = await send(url, { method: 'POST', token: instance.admin_token, json: {} });
  const { id } = Object(begun.body).operation;
  await untilFinished(instance, id);
  return { id };
}

async function currentRelease(instance: LocalInstance) {
  const url = `${instance.url}/admin/releases?sort=-current_since`;
  const answer = await send(url, { token: instance.admin_token });
  return { id: Object(answer.body).data[0].id };
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
