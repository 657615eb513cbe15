import { randomUUID } from 'node:crypto';
import type { Visitor } from './account.ts';
import type { AnsweredBody } from './account-worker.ts';

/** A client with everything that can be held about one, each text in it found nowhere else. */
export interface PlantedClient {
  readonly id: string;
  readonly ids: Readonly<Record<'link' | 'dependant' | 'matter' | 'task' | 'document' | 'version', string>>;
  /** Ids of the versions of its documents. */
  readonly versions: readonly string[];
  readonly canaries: readonly string[];
}

/** Dates are few: each is planted once. */
let lastYear = 1000;

const digits = () => randomUUID().replaceAll('-', '');

/** Plants the client by the API: creations under idempotency keys, then a PATCH of every field that takes one. */
export async function plantClient(visitor: Visitor): Promise<PlantedClient> {
  const canaries: string[] = [];
  const planted = (text: string) => {
    canaries.push(text);
    return text;
  };
  const word = () => planted(`z${digits().slice(0, 18)}`);
  const date = () => planted(`${++lastYear}-02-11`);
  const time = () => Number(planted(`4${BigInt(`0x${digits()}`).toString().slice(0, 13)}`));
  const file = () => ({
    content_type: `application/${word()}`,
    size: 7,
    sha256: planted(digits() + digits()),
  });
  const address = () => ({
    ...{ line_1: word(), line_2: word(), city: word(), county: word() },
    ...{ postcode: word() },
  });
  const client = () => ({
    ...{ title: word(), first_name: word(), last_name: word(), company_name: word() },
    ...{ email: planted(`${digits()}@canary.test`), phone: word(), date_of_birth: date() },
    ...{ addresses: [address(), address()], tags: [word(), word()] },
  });
  const person = () => ({ first_name: word(), last_name: word(), date_of_birth: date() });
  const matter = () => ({ title: word(), type: word(), due_at: time(), opened_at: time() });
  const task = () => ({ title: word(), due_at: time() });

  const write = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<AnsweredBody> => {
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await visitor.send(path, { method, body, headers });
    if (answer.status > 201) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const plant = async (path: string, fields: () => object, fixed: object = {}) => {
    const { id, reference } = await write('POST', path, { ...fields(), ...fixed });
    if (typeof reference === 'string') planted(reference);
    await write('PATCH', `${path}/${id}`, fields());
    return id;
  };

  const client_id = await plant('/clients', client, { kind: 'individual' });
  const dependant = await plant('/client-dependants', person);
  const link = await plant('/client-dependant-clients', () => ({ relationship: word() }), {
    ...{ client_id, client_dependant_id: dependant },
  });
  const case_id = await plant('/cases', matter, { client_id });
  const taskId = await plant('/case-tasks', task, { case_id });
  const own = await write('POST', '/documents', { name: word(), ...file(), client_id });
  const ofCase = await write('POST', '/documents', { name: word(), ...file(), case_id });
  await write('PATCH', `/documents/${own.id}`, { name: word() });
  const second = await write('POST', `/documents/${own.id}/versions`, file());
  const uploads = [own, ofCase].map(({ upload }) => upload as { version_id: string }); // as the 201 says
  const versions = [...uploads.map(({ version_id }) => version_id), second.id];
  return {
    id: client_id,
    ids: { link, dependant, matter: case_id, task: taskId, document: own.id, version: second.id },
    versions,
    canaries,
  };
}
