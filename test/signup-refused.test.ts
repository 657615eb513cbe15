import { afterAll, beforeAll, expect, test } from 'vitest';
import { isReservedSlug } from '#shared-schema/fields/slug.ts';
import { landscape } from './support/landscape.ts';
import { startTestPlatform } from './support/local-platform.ts';
import { expectInvalidFields, expectRefusal } from './support/refusal.ts';
import { type SendOptions, send } from './support/send.ts';
import { sendSignup, signUp, signupBody, untilActive } from './support/sign-up.ts';

const LIMIT_BYTES = 256 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

let platform: Awaited<ReturnType<typeof startTestPlatform>>;
let before: Awaited<ReturnType<typeof landscape>>;

beforeAll(async () => {
  platform = await startTestPlatform();
  await untilActive(platform.instance, await signUp(platform.instance, 'taken'));
  before = await landscape(platform.instance);
});
afterAll(() => platform?.stop());

function post(options: SendOptions) {
  return send(`${platform.instance.url}/accounts`, { method: 'POST', ...options });
}

const body = signupBody('free');

test('a taken slug is refused', async () => {
  const answer = await sendSignup(platform.instance, signupBody('taken'));
  expectRefusal(answer, 'SLUG_TAKEN', { fields: [{ field: 'slug', message: 'This slug is taken.' }] });
});

test.each(['admin', 'api', 'www', 'freehold', 'localhost', 'status'])(
  'the reserved slug %s is refused',
  async (slug) => {
    expect(isReservedSlug(slug)).toBe(true);
    const answer = await sendSignup(platform.instance, signupBody(slug));
    expectRefusal(answer, 'SLUG_RESERVED', {
      fields: [{ field: 'slug', message: 'This slug is reserved.' }],
    });
  },
);

test.each([
  ['two characters', 'ab'],
  ['41 characters', 'a'.repeat(41)],
  ['nothing', ''],
  ['a digit first', '1firm'],
  ['a hyphen first', '-firm'],
  ['a hyphen last', 'firm-'],
  ['two hyphens in a row', 'my--firm'],
  ['the mark of an international name', 'xn--firm'],
  ['an upper-case letter', 'Firm'],
  ['an underscore', 'my_firm'],
  ['a dot', 'my.firm'],
  ['a slash', 'my/firm'],
  ['a space', 'my firm'],
  ['a space at its end', 'firm '],
  ['a line break at its end', 'firm\n'],
  ['a letter beyond ASCII', 'bücher'],
  ['a letter that only looks like ASCII', 'fіrm'],
  ['a percent code', 'my%2dfirm'],
  ['SQL', "a'; DROP TABLE accounts; --"],
])('a slug of %s is refused', async (_, slug) => {
  const answer = await sendSignup(platform.instance, { ...body, slug });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED' } } });
  const fields: unknown = expect.arrayContaining([expect.objectContaining({ field: 'slug' })]);
  expect(answer.body).toMatchObject({ error: { context: { fields } } });
});

test.each([
  ['11 characters', 'elevenchars'],
  ['201 characters', 'p'.repeat(201)],
])('a password of %s is refused and not repeated', async (_, password) => {
  const answer = await sendSignup(platform.instance, { ...body, owner: { ...body.owner, password } });
  expectInvalidFields(answer, 'owner.password');
  expect(answer.text).not.toContain(password);
});

test.each<[string, object, string[]]>([
  ['no field at all', {}, ['name', 'slug', 'owner']],
  ['no name', { ...body, name: undefined }, ['name']],
  ['a blank name', { ...body, name: '   ' }, ['name']],
  ['a name of 201 characters', { ...body, name: 'n'.repeat(201) }, ['name']],
  ['a number as name', { ...body, name: 7 }, ['name']],
  ['null as slug', { ...body, slug: null }, ['slug']],
  ['a list as owner', { ...body, owner: [] }, ['owner']],
  ['no owner', { ...body, owner: undefined }, ['owner']],
  ['an empty owner', { ...body, owner: {} }, ['owner.name', 'owner.email', 'owner.password']],
  ['no e-mail address', { ...body, owner: { ...body.owner, email: undefined } }, ['owner.email']],
  [
    'what is not an e-mail address',
    { ...body, owner: { ...body.owner, email: 'ann at firm' } },
    ['owner.email'],
  ],
  ['a number as password', { ...body, owner: { ...body.owner, password: 123456789012 } }, ['owner.password']],
  ['an unknown field', { ...body, plan: 'gold' }, ['plan']],
  ['an unknown field of the owner', { ...body, owner: { ...body.owner, role: 'admin' } }, ['owner.role']],
  ['an id of their own choice', { ...body, id: '0194a1b2-0000-7000-8000-000000000000' }, ['id']],
  ['an unknown residency', { ...body, residency: 'mars' }, ['residency']],
  ['null as residency', { ...body, residency: null }, ['residency']],
])('a signup with %s is refused and the field named', async (_, json, names) => {
  expectInvalidFields(await post({ json }), ...names);
});

test.each([
  ['a list', '[]'],
  ['a text', '"firm"'],
  ['null', 'null'],
])('a body that is %s is refused', async (_, text) => {
  expectInvalidFields(await post({ body: text, headers: JSON_TYPE }), 'body');
});

test.each([
  ['broken', '{"name":'],
  ['empty', ''],
  ['with a comma too many', '{"name":"x",}'],
  ['not JSON', 'name=Firm'],
])('a body that is %s is refused', async (_, text) => {
  expectRefusal(await post({ body: text, headers: JSON_TYPE }), 'MALFORMED_JSON');
});

test('JSON that sets __proto__ is refused as an unknown field', async () => {
  const text = JSON.stringify(body).replace('{', '{"__proto__":{"slug":"other"},');
  expectInvalidFields(await post({ body: text, headers: JSON_TYPE }), '__proto__');
});

test.each([
  ['text/plain', 'text/plain'],
  ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
  ['application/jsonp', 'application/jsonp'],
])('a body of type %s is refused', async (type, content_type) => {
  const answer = await post({ body: JSON.stringify(body), headers: { 'content-type': type } });
  expectRefusal(answer, 'UNSUPPORTED_MEDIA_TYPE', { content_type });
});

test('a body without a type is refused', async () => {
  expectRefusal(await post({ body: JSON.stringify(body) }), 'UNSUPPORTED_MEDIA_TYPE', { content_type: null });
});

test.each<[string, string | string[]]>([
  ['that says so', JSON.stringify({ ...body, name: 'n'.repeat(LIMIT_BYTES) })],
  [
    'that comes in chunks',
    ['{"name":"', ...Array.from({ length: 5 }, () => 'n'.repeat(LIMIT_BYTES / 4)), '"}'],
  ],
])('a body past the limit %s is refused', async (_, large) => {
  const answer = await post({ body: large, headers: JSON_TYPE });
  expectRefusal(answer, 'BODY_TOO_LARGE', { limit_bytes: LIMIT_BYTES });
});

test.each([
  ['an empty one', ''],
  ['256 characters', 'k'.repeat(256)],
  ['a space within', 'a key'],
])('an Idempotency-Key of %s is refused', async (_, key) => {
  const answer = await sendSignup(platform.instance, body, { 'idempotency-key': key });
  expectInvalidFields(answer, 'Idempotency-Key');
});

test('and nothing of what was refused is left, not even in part', async () => {
  expect(await landscape(platform.instance)).toStrictEqual(before);
});
