import { PlatformError } from '#shared-schema/errors/platform-error.ts';

/** Files at signed addresses, which are all the authority it takes. They are no calls of the API: the quota does not count them. */
export class SignedFiles {
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;

  constructor(fetch: (url: string, init: RequestInit) => Promise<Response>) {
    this.#fetch = fetch;
  }

  /** Error: `CLOUDFLARE_UNAVAILABLE`, also where the address has expired. */
  async open(url: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#request(url, { signal });
    if (body === null) throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { context: { file: 'empty' } });
    return body;
  }

  /** Sends a file of as many bytes, as a stream. Error: `CLOUDFLARE_UNAVAILABLE`. */
  async send(
    url: string,
    { body, size }: { readonly body: ReadableStream<Uint8Array>; readonly size: number },
    signal: AbortSignal,
  ): Promise<void> {
    // R2 asks for the length. workerd tells it of streams that know theirs, and takes no header for it; Node takes the header.
    const sized = 'FixedLengthStream' in globalThis ? body.pipeThrough(new FixedLengthStream(size)) : body;
    const headers = { 'content-length': String(size) };
    const init = { method: 'PUT', body: sized, headers, signal, duplex: 'half' };
    await (await this.#request(url, init)).arrayBuffer();
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.#fetch(url, init);
    } catch (cause) {
      throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { cause });
    }
    if (response.ok) return response;
    await response.body?.cancel();
    throw new PlatformError('CLOUDFLARE_UNAVAILABLE', { context: { file_status: response.status } });
  }
}
