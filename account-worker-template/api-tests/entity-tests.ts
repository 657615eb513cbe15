import assert from 'node:assert/strict';
import type { Api } from './api.ts';
import { createSample, SAMPLES, type Sample } from './samples.ts';

export type ApiTest = readonly [name: string, run: (api: Api) => Promise<void>];

/** Every route that every entity has. */
export const ENTITY_TESTS: readonly ApiTest[] = SAMPLES.flatMap((sample): ApiTest[] => [
  [`${sample.path}: a record is created and read`, (api) => createAndRead(api, sample)],
  [`${sample.path}: a list is filtered, sorted, parted and narrowed`, (api) => list(api, sample)],
  [`${sample.path}: a record is changed, and never over another's change`, (api) => change(api, sample)],
  [`${sample.path}: a deleted record is gone`, (api) => remove(api, sample)],
  [`${sample.path}: every write is in the change log`, (api) => followChanges(api, sample)],
]);

async function createAndRead(api: Api, sample: Sample): Promise<void> {
  const { given, record } = await createSample(api, sample);
  const { upload: _, ...created } = record;
  assert.deepEqual(pick(created, Object.keys(given)), given);
  assert.equal(created.version, 1);
  const read = await api.get(`${sample.path}/${created.id}`);
  assert.deepEqual(read.body, created);
  assert.equal(read.headers.get('etag'), '"1"');
}

async function list(api: Api, sample: Sample): Promise<void> {
  const { record } = await createSample(api, sample);
  const { upload: _, ...created } = record;
  const query = new URLSearchParams(sample.filters.map((field) => [field, String(created[field])]));
  const filtered = await api.get(`${sample.path}?${query}`);
  assert.deepEqual(filtered.body, { data: [created], next_cursor: null });
  const narrowed = await api.get(`${sample.path}?${query}&fields=id,version`);
  assert.deepEqual(narrowed.body.data, [{ id: created.id, version: 1 }]);
  await createSample(api, sample);
  const first = await api.get(`${sample.path}?limit=1&sort=-${sample.sort}`);
  assert.equal(first.body.data.length, 1);
  const cursor = encodeURIComponent(first.body.next_cursor ?? '');
  const second = await api.get(`${sample.path}?limit=1&sort=-${sample.sort}&cursor=${cursor}`);
  assert.equal(second.body.data.length, 1);
  assert.notEqual(second.body.data[0]?.id, first.body.data[0]?.id);
}

async function change(api: Api, sample: Sample): Promise<void> {
  const { record } = await createSample(api, sample);
  const path = `${sample.path}/${record.id}`;
  const ifFirst = { 'if-match': '"1"' };
  const changed = await api.send('PATCH', path, 200, { body: sample.patch, headers: ifFirst });
  assert.equal(changed.body.version, 2);
  assert.deepEqual(pick(changed.body, Object.keys(sample.patch)), sample.patch);
  assert.deepEqual((await api.get(path)).body, changed.body);
  const late = await api.send('PATCH', path, 412, { body: sample.patch, headers: ifFirst });
  assert.equal(late.body.error.code, 'VERSION_MISMATCH');
}

async function remove(api: Api, sample: Sample): Promise<void> {
  const { record } = await createSample(api, sample);
  const path = `${sample.path}/${record.id}`;
  await api.send('DELETE', path, 204);
  assert.equal((await api.get(path, 404)).body.error.code, 'RECORD_NOT_FOUND');
}

async function followChanges(api: Api, sample: Sample): Promise<void> {
  const { record } = await createSample(api, sample);
  await api.send('PATCH', `${sample.path}/${record.id}`, 200, { body: sample.patch });
  const changes = await api.get(`/changes?entity=${sample.entity}&entity_id=${record.id}`);
  assert.deepEqual(
    changes.body.data.map(({ action, version }) => [action, version]),
    [
      ['create', 1],
      ['update', 2],
    ],
  );
}

function pick(record: Readonly<Record<string, unknown>>, fields: readonly string[]) {
  return Object.fromEntries(fields.map((field) => [field, record[field]]));
}
