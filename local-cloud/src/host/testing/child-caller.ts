import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { createClient } from 'cloudflare/tree-shakable';

/** A client of a cloud in a process of its own: makes a database and a script bound to it, one call after the other. */
const [apiUrl, account_id, apiToken, name] = process.argv.slice(2);
if (apiUrl === undefined || account_id === undefined || apiToken === undefined || name === undefined) {
  throw new Error('Usage: child-caller.ts <api url> <account id> <api token> <name>');
}
const client = createClient({ resources: [BaseDatabase], apiToken, baseURL: apiUrl, maxRetries: 0 });
const { uuid = '' } = await client.d1.database.create({ account_id, name });
await client.d1.database.query(uuid, { account_id, sql: 'CREATE TABLE made (a)' });

const body = new FormData();
const bindings = [{ type: 'd1', name: 'DB', id: uuid }];
body.set('metadata', JSON.stringify({ main_module: 'a.js', compatibility_date: '2026-11-01', bindings }));
const source = 'export default { fetch: () => new Response() }';
body.set('a.js', new File([source], 'a.js', { type: 'application/javascript+module' }));
await client.put(`/accounts/${account_id}/workers/dispatch/namespaces/tenants/scripts/${name}`, { body });
