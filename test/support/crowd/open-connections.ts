import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client } from 'undici';

/** How many are opened at a time: fewer than any system lets wait to be accepted. */
const OPENED_AT_ONCE = 100;

/** A keep-alive connection that is open before its first request and is never opened again. */
export interface Connection {
  readonly client: Client;
  readonly socket: Socket;
}

/**
 * Opens one connection each for `count` users. In the end all of them are open and taken by the server: connections are
 * taken in their order, and one that was opened after them was answered.
 */
export async function openConnections(origin: URL, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const some = Math.min(OPENED_AT_ONCE, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: some }, () => openConnection(origin)))));
  }
  const { client } = await openConnection(origin);
  await (await client.request({ method: 'GET', path: '/health' })).body.dump();
  await client.close();
  return connections;
}

async function openConnection({ origin, hostname, port }: URL): Promise<Connection> {
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  let isTaken = false;
  const client = new Client(origin, {
    connect(_options, callback) {
      if (isTaken) return callback(new Error('The connection was closed between two requests.'), null);
      isTaken = true;
      // Not before this call has returned: the client sends nothing over a connection that it got within it.
      setImmediate(callback, null, socket);
    },
  });
  return { client, socket };
}
