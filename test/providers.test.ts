import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Provider, providerSchema } from '#shared-schema/providers/provider.ts';
import { adminList } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';

const UNKNOWN = '0194a1b2-0000-7000-8000-000000000000';
const pageSchema = z.strictObject({
  data: z.array(providerSchema.strict()),
  next_cursor: z.string().nullable(),
});

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
const listed: Provider[] = [];
let hidden: Provider;

beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform?.stop());

function at(path: string, options: SendOptions = {}) {
  return send(`${platform.instance.url}${path}`, options);
}

function asAdmin(path: string, options: SendOptions = {}) {
  return at(path, { token: platform.instance.admin_token, ...options });
}

async function add(json: object): Promise<Provider> {
  const answer = await asAdmin('/admin/providers', { method: 'POST', json });
  expect(answer.status, answer.text).toBe(201);
  const provider = providerSchema.strict().parse(answer.body);
  expect(answer.headers.get('location')).toBe(`/providers/${provider.id}`);
  return provider;
}

describe('an admin', () => {
  test('adds providers, listed where nothing else is said', async () => {
    for (const name of ['Ashe Payroll', 'Birch Conveyancing', 'Cedar Probate']) {
      listed.push(await add({ name, services: ['payroll'], website: 'https://firm.example' }));
    }
    hidden = await add({ name: 'Dogwood Drafts', status: 'hidden' });
    expect(hidden).toMatchObject({
      ...{ name: 'Dogwood Drafts', status: 'hidden', services: [], description: '', version: 1 },
      ...{ website: null, email: null, phone: null },
    });
    expect(listed[0]).toMatchObject({ name: 'Ashe Payroll', status: 'listed', services: ['payroll'] });
  });

  test('sees all of them', async () => {
    const seen = await asAdmin('/admin/providers');
    expect(pageSchema.parse(seen.body).data).toStrictEqual([...listed, hidden]);
    const one = await asAdmin(`/admin/providers/${hidden.id}`);
    expect(one).toMatchObject({ status: 200, body: hidden });
    const only = await asAdmin('/admin/providers?status=hidden');
    expect(only.body).toStrictEqual({ data: [hidden], next_cursor: null });
  });

  test('cannot add a name twice', async () => {
    const answer = await asAdmin('/admin/providers', { method: 'POST', json: { name: ' Ashe Payroll ' } });
    const fields = [{ field: 'name', message: 'Another provider has this name.' }];
    expectRefusal(answer, 'PROVIDER_NAME_TAKEN', { fields });
  });

  test('cannot add what is not a provider', async () => {
    const post = (json: object) => asAdmin('/admin/providers', { method: 'POST', json });
    expectInvalidFields(await post({}), 'name');
    expectInvalidFields(await post({ name: 'x', website: 'javascript:alert(1)' }), 'website');
    expectInvalidFields(await post({ name: 'x', services: ['Two words'] }), 'services.0');
    expectInvalidFields(
      await post({ name: 'x', email: 'x', status: 'gone', stars: 5 }),
      'email',
      'status',
      'stars',
    );
  });

  test('adds once under one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'add-elm' };
    const post = (json: object) => asAdmin('/admin/providers', { method: 'POST', json, headers });
    const first = await post({ name: 'Elm Estates' });
    const again = await post({ name: 'Elm Estates' });
    expect(again).toMatchObject({ status: 201, text: first.text });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expectRefusal(await post({ name: 'Fir Finance' }), 'IDEMPOTENCY_KEY_REUSED');
    expect(await adminList(platform.instance, 'providers')).toHaveLength(5);
    listed.push(providerSchema.parse(first.body));
  });

  test('finds each addition in the audit trail', async () => {
    const events = await asAdmin('/admin/events?action=provider.added&limit=200');
    const eventsSchema = z.object({ data: z.array(z.object({ target_id: z.string(), actor: z.string() })) });
    expect(eventsSchema.parse(events.body).data).toStrictEqual(
      [...listed.slice(0, 3), hidden, ...listed.slice(3)].map(({ id }) => ({
        target_id: id,
        actor: 'admin',
      })),
    );
  });
});

describe('anybody', () => {
  test('sees the listed providers and no hidden one', async () => {
    const all = await at('/providers');
    expect(pageSchema.parse(all.body).data).toStrictEqual(listed);
    expect(await at(`/providers/${listed[0]?.id}`)).toMatchObject({ status: 200, body: listed[0] });
    expectRefusal(await at(`/providers/${hidden.id}`), 'PROVIDER_NOT_FOUND');
    expectRefusal(await at(`/providers/${UNKNOWN}`), 'PROVIDER_NOT_FOUND');
    expectRefusal(await at('/providers/nothing'), 'PROVIDER_NOT_FOUND');
  });

  test('cannot filter or look for hidden ones', async () => {
    expectInvalidFields(await at('/providers?status=hidden'), 'status');
    const none = await at('/providers?name=Dogwood%20Drafts');
    expect(none.body).toStrictEqual({ data: [], next_cursor: null });
  });

  test('pages through them by name, either way', async () => {
    for (const sort of ['name', '-name']) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const answer = await at(`/providers?limit=1&sort=${sort}${cursor && `&cursor=${cursor}`}`);
        const page = pageSchema.parse(answer.body);
        seen.push(...page.data.map(({ name }) => name));
        cursor = page.next_cursor;
      }
      const names = listed.map(({ name }) => name);
      expect(seen).toStrictEqual(sort === 'name' ? names : names.toReversed());
    }
  });

  test('asks for some fields only', async () => {
    const answer = await at('/providers?fields=name&limit=1');
    expect(answer.body).toStrictEqual({ data: [{ name: 'Ashe Payroll' }], next_cursor: expect.any(String) });
  });
});
