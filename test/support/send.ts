import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A header given as a list is sent as that many headers. */
export type SentHeaders = Readonly<Record<string, string | readonly string[]>>;

export interface SendOptions {
  readonly method?: string;
  readonly headers?: SentHeaders;
  /** Bearer token for the Authorization header. */
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; a list is sent in chunks and without a Content-Length. */
  readonly body?: string | readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; null where there is none, undefined where it is not JSON. */
  readonly body: unknown;
}

/**
 * Sends one HTTP request just as it is written: the path is not tidied up, and any `*.localhost` name is this machine,
 * which the system's resolver may not know.
 */
export async function send(url: string, options: SendOptions = {}): Promise<Answer> {
  const [, host = '', path = ''] = /^http:\/\/([^/?#]+)(.*)$/.exec(url) ?? [];
  if (host === '') throw new TypeError(`Not an http URL: ${url}`);
  const { method = 'GET', json, token } = options;
  const body = json === undefined ? options.body : JSON.stringify(json);
  const headers = {
    host,
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(typeof body === 'string' && { 'content-length': String(Buffer.byteLength(body)) }),
    ...options.headers,
  };
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: host.split(':')[1] ?? '80',
        path: path === '' ? '/' : path,
        method,
        headers: Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((v) => [name, v])),
      },
      (incoming) => {
        text(incoming).then((answered) => {
          const received = Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
            (values ?? []).map((value): [string, string] => [name, value]),
          );
          resolve({
            status: incoming.statusCode ?? 0,
            headers: new Headers(received),
            text: answered,
            body: parseJson(answered),
          });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    for (const part of body === undefined ? [] : [body].flat()) outgoing.write(part);
    outgoing.end();
  });
}

function parseJson(answered: string): unknown {
  if (answered === '') return null;
  try {
    return JSON.parse(answered);
  } catch {
    return undefined;
  }
}
