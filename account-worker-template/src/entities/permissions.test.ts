import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOGGED_ENTITIES, LOGGED_KINDS } from '#account-worker-template/entities/entities.ts';
import type { Action } from '#account-worker-template/entities/entity.ts';
import { type Role, roleSchema } from '#shared-schema/control/control-calls.ts';
import { TestAccount, type Visitor } from '#test/support/account.ts';
import { createSample, oneTimeToken, sampleFields, samplePatch } from '#test/support/sample-records.ts';

/** What each role may do, in words of this test's own: c(reate), r(ead), u(pdate), d(elete). A new entity gets a line. */
const MAY: Readonly<Record<string, Readonly<Record<Role, string>>>> = {
  user: { owner: 'crud', admin: 'crud', member: 'r', viewer: 'r' },
  group: { owner: 'crud', admin: 'crud', member: 'r', viewer: 'r' },
  client: { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  'client-dependant': { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  'client-dependant-client': { owner: 'crud', admin: 'crud', member: 'crud', viewer: 'r' },
  case: { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  'case-task': { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  document: { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  'contact-company': { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  'contact-individual': { owner: 'crud', admin: 'crud', member: 'cru', viewer: 'r' },
  invitation: { owner: 'crd', admin: 'crd', member: '', viewer: '' },
};

const ROLES = roleSchema.options;
const ACTIONS: readonly Action[] = ['create', 'read', 'update', 'delete'];
const CASES = LOGGED_ENTITIES.flatMap((entity) =>
  ROLES.flatMap((role) => ACTIONS.map((action) => ({ name: entity.name, path: entity.path, role, action }))),
);

let account: TestAccount;
let visitors: Readonly<Record<Role, Visitor>>;

beforeAll(async () => {
  account = await TestAccount.start();
  visitors = {
    owner: account.owner,
    admin: await account.addUser('admin'),
    member: await account.addUser('member'),
    viewer: await account.addUser('viewer'),
  };
});

afterAll(() => account.stop());

test('every entity has a line of its own here', () => {
  const names = LOGGED_ENTITIES.map(({ name }) => name).sort();
  expect(Object.keys(MAY).sort()).toEqual(names);
});

test.each(CASES)('$role, $action, $name', async ({ name, path, role, action }) => {
  const may = MAY[name]?.[role].includes(action.charAt(0)) ?? false;
  const mayAnybody = ROLES.some((one) => MAY[name]?.[one].includes(action.charAt(0)));
  const [body, made] = [await sampleFields(account.owner, path), await createSample(account.owner, path)];
  const at = `${path}/${made.id}`;
  const entries = () => account.rows('SELECT seq FROM changes WHERE entity = ?', name);
  const before = await entries();
  const visitor = visitors[role];
  const answers =
    action === 'create'
      ? [await visitor.post(path, body, oneTimeToken())]
      : action === 'read'
        ? [await visitor.get(path), await visitor.get(at)]
        : action === 'update'
          ? [await visitor.patch(at, samplePatch(path))]
          : [await visitor.remove(at)];
  for (const { status, body } of answers) {
    if (may) expect([200, 201, 204]).toContain(status);
    else expect(body.error.code).toBe(mayAnybody ? 'FORBIDDEN' : 'METHOD_NOT_ALLOWED');
  }
  const after = await entries();
  expect(after.length - before.length).toBe(may && action !== 'read' ? 1 : 0);
});

test.each(ROLES)('the change log shows a %s only what they may read', async (role) => {
  const seen: string[] = [];
  for (const { name } of LOGGED_KINDS) {
    const { body } = await visitors[role].get(`/changes?entity=${name}&limit=1`);
    seen.push(...body.data.map(({ entity }) => String(entity)));
  }
  const readable = Object.keys(MAY).filter((name) => MAY[name]?.[role].includes('r'));
  if (readable.includes('document')) readable.push('document-version');
  expect(seen.sort()).toEqual(readable.sort());
});
