import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** How long calls under way are waited for before the runtime is started anew: 5 seconds. */
const DRAIN_TIMEOUT_MS = 5_000;
const DRAIN_POLL_MS = 5;

export interface ApiFrontOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the API listens now. */
  readonly target: () => URL;
  /** Whether a call has changed what ordinary Workers run. */
  readonly isChanged: () => boolean;
  /** Has the runtime run it. */
  readonly refresh: () => Promise<void>;
}

/**
 * The API's port where ordinary Workers can be uploaded. To run one, workerd must be started anew, and the API with it:
 * this port stays, holds calls until the runtime is there again, and answers an upload once it is live.
 */
export class ApiFront {
  readonly #options: ApiFrontOptions;
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #refreshing: Promise<void> = Promise.resolve();
  #underWay = 0;

  constructor(options: ApiFrontOptions) {
    this.#options = options;
  }

  /** Answers the origin that it listens at. Rejects when the port is taken. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve);
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The API listens at no port.');
    return `http://${host}:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#refreshing;
      const answer = await this.#forward(request);
      await this.#refreshIfChanged();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch (error) {
      // A connection that the API dropped, by a fault or because it ended, is dropped for the caller too.
      request.socket.destroy(error instanceof Error ? error : undefined);
      await this.#refreshIfChanged().catch(() => undefined); // said on stderr by whoever met it first
    }
  }

  async #forward(request: IncomingMessage) {
    this.#underWay += 1;
    try {
      const url = new URL(request.url ?? '/', this.#options.target());
      const { method = 'GET', headers } = request;
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request.pipe(send(url.href, { method, headers }, resolve).once('error', reject));
      });
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const { 'transfer-encoding': _, ...kept } = answer.headers;
      return { status: answer.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks) };
    } finally {
      this.#underWay -= 1;
    }
  }

  async #refreshIfChanged(): Promise<void> {
    await this.#refreshing;
    if (!this.#options.isChanged()) return;
    const refresh = this.#drained().then(() => this.#options.refresh());
    this.#refreshing = refresh.catch((error: unknown) => {
      process.stderr.write(`local-cloud: what was deployed does not run: ${String(error)}\n`);
    });
    await refresh;
  }

  async #drained(): Promise<void> {
    const deadline = Date.now() + DRAIN_TIMEOUT_MS;
    while (this.#underWay > 0 && Date.now() < deadline) await delay(DRAIN_POLL_MS);
  }
}
