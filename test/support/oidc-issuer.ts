import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

const ALGORITHM = 'RS256';

type SigningKey = Awaited<ReturnType<typeof importJWK>>;

interface IssuerKey {
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly publicJwk: JWK;
}

/** An OIDC issuer on this machine: a real HTTP server that gives its public keys, and the keys that sign. */
export class OidcIssuer implements AsyncDisposable {
  readonly url: string;
  /** How often its keys were asked for. */
  reads = 0;
  /** Answers this status in place of the keys, where it is set. */
  failWith: number | null = null;
  #key: IssuerKey;
  #published: JWK[];
  readonly #close: () => Promise<void>;

  private constructor(url: string, key: IssuerKey, close: () => Promise<void>) {
    this.url = url;
    this.#key = key;
    this.#published = [key.publicJwk];
    this.#close = close;
  }

  static async start(): Promise<OidcIssuer> {
    const server = createServer((_request, response) => {
      issuer.reads += 1;
      response.writeHead(issuer.failWith ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: issuer.#published }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a server that listens on TCP has one
    const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
    const issuer = new OidcIssuer(`http://127.0.0.1:${port}`, await newKey('first'), async () => {
      server.closeAllConnections();
      await close();
    });
    return issuer;
  }

  get publicJwk(): JWK {
    return this.#key.publicJwk;
  }

  /** Signs with a new key from now on, and publishes that one alone. */
  async rotate(kid: string): Promise<void> {
    this.#key = await newKey(kid);
    this.#published = [this.#key.publicJwk];
  }

  /** An ID token as the issuer gives it; a claim that is undefined is left out. */
  idToken(claims: object, header: Partial<JWTHeaderParameters> = {}, key: SigningKey = this.#key.privateKey) {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: this.url,
      sub: 'person-1',
      iat: now,
      exp: now + 300,
      email_verified: true,
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#key.kid, ...header })
      .sign(key);
  }

  /** The issuer's own key, as one of another algorithm: its published form names none. */
  async keyFor(alg: string) {
    return importJWK(await exportJWK(this.#key.privateKey), alg);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

export async function newKey(kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  return { kid, privateKey, publicJwk };
}
