import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const ISSUER = 'https://bench.freehold.example';
/** Long enough for the largest database to be filled and measured. */
const TOKEN_LIFETIME_SECONDS = 3600;

export interface Identity {
  readonly stackId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** What stands in for the platform: it signs, and tells Workers how to verify. */
export interface BenchTokens {
  /** The bindings of a Worker that trusts these tokens. */
  bindings(stackId: string): Record<string, string>;
  access(identity: Identity): Promise<string>;
  control(stackId: string): Promise<string>;
}

export async function createBenchTokens(): Promise<BenchTokens> {
  const keys = await generateKeyPair('EdDSA');
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'bench', alg: 'EdDSA' }] };
  const sign = (aud: string, claims: Record<string, unknown>) => {
    const iat = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: ISSUER, aud, iat, exp: iat + TOKEN_LIFETIME_SECONDS, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'bench' })
      .sign(keys.privateKey);
  };
  return {
    bindings: (stackId) => ({
      STACK_ID: stackId,
      RELEASE_ID: '0123456789abcdef',
      PLATFORM_KEYS: JSON.stringify(jwks),
      PLATFORM_ISSUER: ISSUER,
    }),
    access: ({ stackId, accountId, userId, sessionId }) =>
      sign(stackId, { scope: 'account', sub: userId, sid: sessionId, account_id: accountId, role: 'owner' }),
    control: (stackId) => sign(stackId, { scope: 'control' }),
  };
}
