import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENTITIES } from '#account-worker-template/entities/entities.ts';
import { entityList } from '#account-worker-template/entities/entity.ts';
import { TestAccount, type Visitor } from '#test/support/account.ts';
import { createSample, sampleFields, samplePatch } from '#test/support/sample-records.ts';

let account: TestAccount;
let owner: Visitor;
let viewer: Visitor;

beforeAll(async () => {
  account = await TestAccount.start();
  owner = account.owner;
  viewer = await account.addUser('viewer');
});

afterAll(() => account.stop());

const NOT_FOUND = { status: 404, body: { error: { code: 'RECORD_NOT_FOUND' } } };
const FORBIDDEN = { status: 403, body: { error: { code: 'FORBIDDEN' } } };
const UNKNOWN = { message: 'This field is not known here.' };

async function changesOf(id: string) {
  const { body } = await owner.get(`/changes?entity_id=${id}`);
  return body.data;
}

describe.each(ENTITIES)('$path', (entity) => {
  const { path, name } = entity;

  test('a record is made, read, listed, changed and deleted, each change in the log', async () => {
    const fields = await sampleFields(owner, path);
    const { status, body: answered, headers } = await owner.post(path, fields);
    // Beside the record, a new document answers how its bytes may come.
    const { upload: _, ...created } = answered;
    expect([status, created]).toEqual([201, expect.objectContaining({ ...fields, version: 1 })]);
    expect(Object.keys(created).sort()).toEqual([...entityList(entity).fields].sort());
    expect(headers.get('location')).toMatch(new RegExp(`${path}/${created.id}$`));
    expect(await owner.get(`${path}/${created.id}`)).toMatchObject({ status: 200, body: created });
    expect((await owner.get(`${path}?limit=200`)).body.data).toContainEqual(created);

    const patch = samplePatch(path);
    const patched = await owner.patch(`${path}/${created.id}`, patch);
    expect(patched).toMatchObject({ status: 200, body: { ...patch, id: created.id, version: 2 } });
    const { updated_at } = patched.body;
    expect(patched.body).toEqual({ ...created, ...patch, version: 2, updated_at });
    expect(patched.headers.get('x-d1-bookmark')).not.toBeNull();

    expect((await owner.remove(`${path}/${created.id}`)).status).toBe(204);
    expect(await owner.get(`${path}/${created.id}`)).toMatchObject(NOT_FOUND);
    const changes = await changesOf(created.id);
    expect(changes.map(({ action, version, entity: of }) => [action, version, of])).toEqual([
      ['create', 1, name],
      ['update', 2, name],
      ['delete', 3, name],
    ]);
    const [field = '', to] = Object.entries(patch)[0] ?? [];
    expect(changes[1]?.changed).toEqual({ [field]: { from: created[field], to } });
    expect(changes[0]?.actor_id).toBe(owner.id);
  });

  test('what is not there answers 404, to a write as to a read', async () => {
    for (const id of [randomUUID(), 'x']) {
      expect(await owner.get(`${path}/${id}`)).toMatchObject(NOT_FOUND);
      expect(await owner.patch(`${path}/${id}`, samplePatch(path))).toMatchObject(NOT_FOUND);
      expect(await owner.remove(`${path}/${id}`)).toMatchObject(NOT_FOUND);
    }
  });

  test('a viewer reads and writes nothing', async () => {
    const { id } = await createSample(owner, path);
    expect((await viewer.get(`${path}/${id}`)).status).toBe(200);
    expect((await viewer.get(path)).status).toBe(200);
    expect(await viewer.post(path, await sampleFields(owner, path))).toMatchObject(FORBIDDEN);
    expect(await viewer.patch(`${path}/${id}`, samplePatch(path))).toMatchObject(FORBIDDEN);
    expect(await viewer.remove(`${path}/${id}`)).toMatchObject(FORBIDDEN);
  });

  test('an unknown field is refused, and so is what only the account itself writes', async () => {
    const fields = await sampleFields(owner, path);
    const { id } = await createSample(owner, path);
    for (const field of ['colour', 'id', 'version', 'created_by', ...Object.keys(entity.numbered ?? {})]) {
      const refused = {
        status: 400,
        body: { error: { code: 'VALIDATION_FAILED', context: { fields: [{ field, ...UNKNOWN }] } } },
      };
      expect(await owner.post(path, { ...fields, [field]: 'x' })).toMatchObject(refused);
      expect(await owner.patch(`${path}/${id}`, { [field]: 'x' })).toMatchObject(refused);
    }
    expect((await owner.get(`${path}?colour=red`)).body.error.context.fields[0]?.field).toBe('colour');
  });

  test('the same request under one Idempotency-Key makes one record', async () => {
    const fields = await sampleFields(owner, path);
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all([1, 2, 3].map(() => owner.post(path, fields, headers)));
    const [first] = answers;
    for (const answer of answers) expect(answer).toMatchObject({ status: 201, body: first?.body });
    expect(await changesOf(first?.body.id ?? '')).toHaveLength(1);
    const other = await owner.post(path, { ...fields, ...samplePatch(path) }, headers);
    expect(other.body.error.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  test('If-Match holds off who read an older version', async () => {
    const { id } = await createSample(owner, path);
    const stale = { 'if-match': '"9"' };
    const mismatch = { status: 412, body: { error: { code: 'VERSION_MISMATCH', context: { version: 1 } } } };
    expect(await owner.patch(`${path}/${id}`, samplePatch(path), stale)).toMatchObject(mismatch);
    expect(await owner.remove(`${path}/${id}`, stale)).toMatchObject(mismatch);
    expect((await owner.remove(`${path}/${id}`, { 'if-match': '"1"' })).status).toBe(204);
  });

  test('a reference to nothing is refused', async () => {
    const fields = await sampleFields(owner, path);
    for (const [field, reference] of Object.entries(entity.references ?? {})) {
      const id = entity.contains?.includes(field) ? [randomUUID()] : randomUUID();
      const message = `There is no such ${reference.entity().name}.`;
      expect(await owner.post(path, { ...fields, [field]: id })).toMatchObject({
        status: 400,
        body: { error: { code: 'VALIDATION_FAILED', context: { fields: [{ field, message }] } } },
      });
    }
  });
});
