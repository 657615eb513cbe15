import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Answer } from '../send.ts';
import type { Caller } from './caller.ts';
import type { DocumentedOperation } from './contract.ts';
import type { JsonSchema } from './json-schema.ts';
import { wrongTypeFor } from './sample.ts';

/** A good request, with what must be there and with all that may be, is answered as promised. */
export async function keepsItsPromise(caller: Caller, operation: DocumentedOperation): Promise<void> {
  for (const all of operation.requestBody ? [false, true] : [false]) {
    const answer = await caller.send(operation, await caller.goodRequest(operation, all));
    expect(answer.status, `${operation.operationId}: ${answer.text}`).toBeLessThan(300);
    caller.contract.expectPromised(operation, answer);
  }
}

/** Each form in which it may answer is answered where it is asked for. */
export async function answersInEveryForm(caller: Caller, operation: DocumentedOperation): Promise<void> {
  for (const type of caller.contract.mediaTypes(operation, 200)) {
    const good = await caller.goodRequest(operation);
    const answer = await caller.send(operation, { ...good, headers: { accept: type } });
    expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, type]);
    caller.contract.expectPromised(operation, answer);
  }
}

/** What was made is made once more or refused as promised: unique fields have codes of their own. */
export async function maySendTwice(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const good = await caller.goodRequest(operation, true);
  await caller.send(operation, good);
  caller.contract.expectPromised(operation, await caller.send(operation, good));
}

/** A body that is not as the document says is refused as it says, and the field is named. */
export async function refusesBadBodies(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const { contract } = caller;
  const schema = contract.bodySchema(operation);
  const good = await caller.goodRequest(operation, true);
  const refusal = async (sent: object, code: string) => {
    const answer = await caller.send(operation, { ...good, ...sent });
    contract.expectRefusal(operation, answer, code);
    return answer;
  };
  const fields = Object.entries(schema?.properties ?? {});
  const body: Record<string, unknown> = { ...Object(good.json) };
  expectNamed(await refusal({ json: { ...body, not_a_field: 1 } }, 'VALIDATION_FAILED'), 'not_a_field');
  for (const name of schema?.required ?? []) {
    const { [name]: _, ...rest } = body;
    expectNamed(await refusal({ json: rest }, 'VALIDATION_FAILED'), name);
  }
  for (const [name, field] of fields) {
    const wrong = wrongTypeFor(field, contract.document.components.schemas);
    expectNamed(await refusal({ json: { ...body, [name]: wrong } }, 'VALIDATION_FAILED'), name);
  }
  for (const [name] of fields.filter(([, field]) => field['x-reference'] !== undefined)) {
    const unknown = Array.isArray(body[name]) ? [randomUUID()] : randomUUID();
    expectNamed(await refusal({ json: { ...body, [name]: unknown } }, 'VALIDATION_FAILED'), name);
  }
  const text = { json: undefined, headers: { 'content-type': 'application/json' } };
  await refusal({ ...text, body: '{' }, 'MALFORMED_JSON');
  await refusal({ ...text, headers: { 'content-type': 'text/plain' }, body: '{}' }, 'UNSUPPORTED_MEDIA_TYPE');
}

/** Every filter, sort, field and limit that a list offers is served; any other is refused. */
export async function servesItsParameters(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const { contract } = caller;
  const whole = await caller.send(operation);
  const [record] = Object(whole.body).data ?? [];
  for (const { name, in: place, schema } of contract.parameters(operation)) {
    if (place !== 'query' || name === 'cursor') continue;
    const filter = parseFilter(name);
    const values = schema.enum ??
      schema.items?.enum ?? [[record?.[filter.field]].flat()[0] ?? valueFor(schema)];
    for (const value of values) {
      const answer = await caller.send(operation, { query: { [name]: String(value) } });
      expect(answer.status, `${name}=${value}: ${answer.text}`).toBe(200);
      contract.expectPromised(operation, answer, name !== 'fields');
      if (name === 'fields') expectOnlyFields(answer, [String(value)]);
      if (record && filter.field in record) expectFiltered(answer, filter, value);
    }
    const { minimum, maximum } = schema;
    for (const bound of [minimum, maximum].filter((limit) => limit !== undefined)) {
      const answer = await caller.send(operation, { query: { [name]: String(bound) } });
      contract.expectPromised(operation, answer);
      expect(answer.status).toBe(200);
    }
    const beyond = [
      minimum === undefined ? [] : [minimum - 1],
      maximum === undefined ? [] : [maximum + 1],
    ].flat();
    for (const bad of [...beyond, ...wrongTextsFor(schema)]) {
      const answer = await caller.send(operation, { query: { [name]: String(bad) } });
      contract.expectRefusal(operation, answer, 'VALIDATION_FAILED');
    }
  }
  const unknown = await caller.send(operation, { query: { not_a_parameter: '1' } });
  contract.expectRefusal(operation, unknown, 'VALIDATION_FAILED');
}

/** What others refer to is deleted or kept, and the code that says that it is kept is promised where it comes only. */
export async function deletesAsPromised(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const { contract } = caller;
  const collection = operation.path.replace(/\/\{\w+\}$/, '');
  const codes = [];
  for (const create of contract.operations.filter(({ method }) => method === 'POST')) {
    const fields = Object.entries(contract.bodySchema(create)?.properties ?? {});
    for (const [field] of fields.filter(([, schema]) => schema['x-reference'] === collection)) {
      const { id } = await caller.goodRequest(operation);
      const good = await caller.goodRequest(create, true);
      const body: Record<string, unknown> = { ...Object(good.json) };
      const json = { ...body, [field]: Array.isArray(body[field]) ? [id] : id };
      expect((await caller.send(create, { ...good, json })).status).toBe(201);
      const answer = await caller.send(operation, { ...(id !== undefined && { id }) });
      contract.expectPromised(operation, answer);
      codes.push(Object(answer.body).error?.code);
    }
  }
  const promised = contract.refusals(operation, 409).includes('RECORD_IN_USE');
  expect(codes.includes('RECORD_IN_USE'), `${operation.operationId}: ${codes}`).toBe(promised);
}

/** The cursor of a page leads to the next, and what is no cursor is refused. */
export async function givesCursors(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const { contract } = caller;
  const nonsense = await caller.send(operation, { query: { cursor: 'nonsense' } });
  contract.expectRefusal(operation, nonsense, 'CURSOR_INVALID');
  const first = await caller.send(operation, { query: { limit: '1' } });
  const { next_cursor: cursor } = Object(first.body);
  if (typeof cursor !== 'string') return;
  const next = await caller.send(operation, { query: { limit: '1', cursor } });
  expect(next.status, next.text).toBe(200);
  contract.expectPromised(operation, next);
}

/** Each header of a form of its own does what it is said to do, and is refused in any other. */
export async function heedsItsHeaders(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const { contract } = caller;
  const takes = contract
    .parameters(operation)
    .filter((parameter) => parameter.in === 'header' && parameter.schema.pattern);
  const sendWith = async (name: string, value: string) =>
    caller.send(operation, { ...(await caller.goodRequest(operation)), headers: { [name]: value } });
  for (const { name } of takes) {
    const bad = name === 'Idempotency-Key' ? 'x'.repeat(256) : 'nonsense';
    contract.expectRefusal(operation, await sendWith(name, bad), 'VALIDATION_FAILED');
    if (name === 'If-Match')
      contract.expectRefusal(operation, await sendWith(name, '"999"'), 'VERSION_MISMATCH');
    if (name === 'Idempotency-Key') await replays(caller, operation);
  }
}

async function replays(caller: Caller, operation: DocumentedOperation): Promise<void> {
  const headers = { 'Idempotency-Key': randomUUID() };
  const good = await caller.goodRequest(operation);
  const first = await caller.send(operation, { ...good, headers });
  const again = await caller.send(operation, { ...good, headers });
  expect([again.status, withoutGrants(again)]).toStrictEqual([first.status, withoutGrants(first)]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const declared = operation.responses[again.status];
  expect(Object.keys(declared && 'headers' in declared ? (declared.headers ?? {}) : {})).toContain(
    'idempotency-replayed',
  );
  caller.contract.expectPromised(operation, again);
}

/** Addresses of files are signed anew for each answer: a kept one would have expired. */
function withoutGrants({ text }: Answer): string {
  return text.replaceAll(/\/files\/[\w.-]+"|"expires_at":\d+/g, '');
}

function expectNamed(answer: Answer, field: string): void {
  const named: { field: string }[] = Object(answer.body).error?.context?.fields ?? [];
  expect(
    named.map((problem) => problem.field.split('.')[0]),
    answer.text,
  ).toContain(field);
}

function expectOnlyFields(answer: Answer, fields: readonly string[]): void {
  for (const item of Object(answer.body).data) expect(Object.keys(item)).toStrictEqual(fields);
}

interface Filter {
  readonly field: string;
  readonly operator: string;
}

function parseFilter(name: string): Filter {
  const [field = '', operator = 'eq'] = name.split('.');
  return { field, operator };
}

const HOLDS: Readonly<Record<string, (value: unknown, asked: unknown) => boolean>> = {
  eq: (value, asked) => [value].flat().includes(asked),
  gt: (value, asked) => Number(compare(value, asked)) > 0,
  gte: (value, asked) => Number(compare(value, asked)) >= 0,
  lt: (value, asked) => Number(compare(value, asked)) < 0,
  lte: (value, asked) => Number(compare(value, asked)) <= 0,
};

/** Numbers and dates in their order; nothing is in an order with what has no value. */
function compare(value: unknown, asked: unknown): number | undefined {
  if (typeof value === 'number' && typeof asked === 'number') return value - asked;
  if (typeof value === 'string' && typeof asked === 'string')
    return value < asked ? -1 : Number(value > asked);
  return undefined;
}

function expectFiltered(answer: Answer, { field, operator }: Filter, asked: unknown): void {
  for (const item of Object(answer.body).data) {
    expect(HOLDS[operator]?.(item[field], asked), `${field} ${operator} ${asked}: ${item[field]}`).toBe(true);
  }
}

/** A value to ask for where no record has one. */
function valueFor({ type, format }: JsonSchema): unknown {
  if (type === 'integer') return 1;
  return format === 'date' ? '2026-01-31' : 'x';
}

/** Texts that are no value of the parameter. */
function wrongTextsFor(schema: JsonSchema): string[] {
  if (schema.type === 'integer' || schema.format !== undefined) return ['x'];
  if (schema.minLength !== undefined) return [''];
  return schema.enum || schema.items?.enum ? ['nonsense'] : [];
}
