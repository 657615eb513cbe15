import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What to do with one call: pass it on, do it but lose the answer, answer in the cloud's place, or hold it back. */
export type Fault =
  | { readonly kind: 'lose-reply' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  | { readonly kind: 'hold'; readonly until: Promise<void> };

/** A real HTTP hop in front of the Cloudflare API that counts the calls and can fail them. */
export class CloudflareApiProxy implements AsyncDisposable {
  readonly #server;
  /** `METHOD /path` of every call, without the API's prefix and account. */
  readonly calls: string[] = [];
  readonly #faults: { readonly call: RegExp; readonly fault: Fault }[] = [];

  #lost = -1;

  private constructor(target: URL) {
    this.#server = createServer((incoming, answer) => {
      this.#handle(target, incoming, answer).catch((error: Error) => answer.destroy(error));
    });
  }

  static async start(apiUrl: string): Promise<CloudflareApiProxy> {
    const proxy = new CloudflareApiProxy(new URL(apiUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on TCP
    return `http://127.0.0.1:${port}/client/v4`;
  }

  /** The next call that matches meets the fault; once. */
  failNext(call: RegExp, fault: Fault): void {
    this.#faults.push({ call, fault });
  }

  /** The call of this number, counted from 0 in `calls`, is done and its answer lost. */
  loseReplyOf(number: number): void {
    this.#lost = number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(target: URL, incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '').replace(/^\/client\/v4\/accounts\/[^/]+/, '');
    const call = `${incoming.method} ${path}`;
    this.calls.push(call);
    const number = this.calls.length - 1;
    const position = this.#faults.findIndex((expected) => expected.call.test(call));
    const fault = position === -1 ? undefined : this.#faults.splice(position, 1)[0]?.fault;
    if (fault?.kind === 'hold') await fault.until;
    if (fault?.kind === 'answer') {
      answer.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      answer.end(JSON.stringify(fault.body ?? { success: false, errors: [], messages: [], result: null }));
      return;
    }
    const passed = await pass(target, incoming);
    if (fault?.kind === 'lose-reply' || number === this.#lost) {
      this.#lost = -1;
      incoming.socket.destroy();
      return;
    }
    answer.writeHead(passed.status, passed.headers);
    answer.end(passed.body);
  }
}

async function pass(target: URL, incoming: IncomingMessage) {
  const body = await buffer(incoming);
  return new Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }>(
    (resolve, reject) => {
      const outgoing = send(
        {
          host: target.hostname,
          port: target.port,
          method: incoming.method,
          path: incoming.url,
          // The host stays this proxy's: addresses that the cloud makes of it lead through here too.
          headers: incoming.headers,
        },
        async (reply) => {
          resolve({ status: reply.statusCode ?? 502, headers: reply.headers, body: await buffer(reply) });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    },
  );
}
