import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Api } from './api.ts';
import type { ApiTest } from './entity-tests.ts';
import { createSample, sampleOf } from './samples.ts';

/** What the account has besides the routes of its entities. The last one ends the session. */
export const ACCOUNT_TESTS: readonly ApiTest[] = [
  ['/me: says who asks', readMe],
  ['/clients: are found by the words of their names and by tag', search],
  ['/clients: a write sent again with its Idempotency-Key is done once', repeatWrite],
  ['/clients: what is wrong is refused, field by field', refuseFields],
  ['/clients: everything held about one is exported, and erased', exportAndErase],
  ['/documents: a file is asked for only once it is stored, and has versions', documentFiles],
  ['/invitations: are made, listed and revoked', invite],
  ['/changes: go on after the entry that was seen last', pageChanges],
  ['/openapi.json: describes every entity', readDocument],
  ['/sessions/current: ends, and its token with it', endSession],
];

async function readMe(api: Api): Promise<void> {
  const { body } = await api.get('/me');
  assert.deepEqual([body.email, body.role, body.status], ['owner@api-tests.example', 'owner', 'active']);
}

async function search(api: Api): Promise<void> {
  const { record } = await createSample(api, sampleOf('/clients'));
  for (const query of [`q=${record.last_name.toLowerCase()}`, `tags=vip&last_name=${record.last_name}`]) {
    const { body } = await api.get(`/clients?${query}`);
    assert.deepEqual(body.data, [record], query);
  }
}

async function repeatWrite(api: Api): Promise<void> {
  const headers = { 'idempotency-key': randomUUID() };
  const body = { kind: 'company', company_name: `Smith ${randomUUID()}` };
  const first = await api.post('/clients', body, headers);
  const again = await api.post('/clients', body, headers);
  assert.deepEqual(again.body, first.body);
  const listed = await api.get(`/clients?company_name=${encodeURIComponent(body.company_name)}`);
  assert.equal(listed.body.data.length, 1);
}

async function refuseFields(api: Api): Promise<void> {
  const body = { kind: 'company', company_name: 'Smith', email: 'nobody', color: 'red' };
  const refused = await api.send('POST', '/clients', 400, { body });
  const { code, context } = refused.body.error;
  assert.equal(code, 'VALIDATION_FAILED');
  assert.deepEqual(context.fields.map(({ field }) => field).sort(), ['color', 'email']);
}

async function exportAndErase(api: Api): Promise<void> {
  const { record } = await createSample(api, sampleOf('/clients'));
  const headers = { accept: 'application/json' };
  const exported = await api.send('GET', `/clients/${record.id}/export`, 200, { headers });
  assert.equal(exported.body.client.last_name, record.last_name);
  await api.send('POST', `/clients/${record.id}/erase`, 200, { body: {} });
  assert.equal((await api.get(`/clients/${record.id}`, 404)).body.error.code, 'RECORD_NOT_FOUND');
}

async function documentFiles(api: Api): Promise<void> {
  const { record } = await createSample(api, sampleOf('/documents'));
  const path = `/documents/${record.id}`;
  assert.equal(record.status, 'pending');
  assert.equal((await api.get(`${path}/download`, 409)).body.error.code, 'FILE_NOT_STORED');
  const file = { content_type: 'application/pdf', size: 2, sha256: 'b1'.repeat(32) };
  await api.post(`${path}/versions`, file);
  assert.equal((await api.get(`${path}/versions`)).body.data.length, 2);
}

async function invite(api: Api): Promise<void> {
  const token = `${randomUUID()}${randomUUID()}`.replaceAll('-', '');
  const headers = { 'x-freehold-one-time-token-sha256': token };
  const body = { name: 'Di Lane', email: `${randomUUID()}@acme.example`, role: 'member' };
  const { id } = (await api.post('/invitations', body, headers)).body;
  const listed = await api.get(`/invitations?email=${encodeURIComponent(body.email)}`);
  assert.deepEqual(
    listed.body.data.map(({ id }) => id),
    [id],
  );
  await api.send('DELETE', `/invitations/${id}`, 204);
}

async function pageChanges(api: Api): Promise<void> {
  const [first] = (await api.get('/changes?limit=1')).body.data;
  await createSample(api, sampleOf('/groups'));
  const next = await api.get(`/changes?since=${first?.seq}&limit=1`);
  assert.equal(next.body.data[0]?.seq, Number(first?.seq) + 1);
}

async function readDocument(api: Api): Promise<void> {
  const { body } = await api.get('/openapi.json');
  for (const path of ['/clients/{id}', '/case-tasks', '/documents/{id}/versions']) {
    assert.ok(body.paths[path], `${path} is not described.`);
  }
}

async function endSession(api: Api): Promise<void> {
  await api.send('DELETE', '/sessions/current', 204);
  assert.equal((await api.get('/me', 401)).body.error.code, 'SESSION_ENDED');
}
