import { type CryptoKey, errors, exportJWK, type JWK, jwtVerify, type JWTPayload, SignJWT } from 'jose';
import { type Channel } from '../channels/provider.types';
import { type Keyring } from '../keyring/keyring';
import { type Clock } from '../shared/clock';

export interface ProofSettings {
  issuer: string;
  audience: string | null;
  ttlSeconds: number;
}

/** What a proof states: this recipient showed the code of this verification at this time. */
export interface ProofClaims {
  verificationId: string;
  /** Canonical recipient. */
  recipient: string;
  channel: Channel;
  purpose: string;
  nonce: string | null;
  /** Epoch milliseconds. */
  verifiedAt: number;
}

export type ProofCheck =
  { valid: true; verificationId: string } | { valid: false; reason: 'INVALID' | 'EXPIRED' };

const ALGORITHM = 'EdDSA';

/**
 * Signs and checks proofs: JWTs (RFC 7519) under Ed25519 (RFC 8037). Signing the same claims twice gives the same
 * token, so a proof whose answer was lost can be given again without being kept.
 */
export class ProofSigner {
  constructor(
    private readonly keyring: Keyring,
    private readonly settings: ProofSettings,
    private readonly clock: Clock,
  ) {}

  sign(claims: ProofClaims): Promise<string> {
    const key = this.keyring.proofKeys[0]!;
    const issuedAt = Math.floor(claims.verifiedAt / 1000);
    const payload: JWTPayload = { channel: claims.channel, purpose: claims.purpose };
    if (claims.nonce !== null) payload.nonce = claims.nonce;
    const token = new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: key.kid })
      .setIssuer(this.settings.issuer)
      .setSubject(claims.recipient)
      .setJti(claims.verificationId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + this.settings.ttlSeconds);
    if (this.settings.audience !== null) token.setAudience(this.settings.audience);
    return token.sign(key.privateKey);
  }

  /** Whether this server signed the token for this audience and its life has not ended. */
  async check(token: string): Promise<ProofCheck> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.publicKey(kid), {
        algorithms: [ALGORITHM],
        issuer: this.settings.issuer,
        audience: this.settings.audience ?? undefined,
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['jti', 'sub', 'exp'],
      });
      return { valid: true, verificationId: payload.jti! };
    } catch (error) {
      return { valid: false, reason: error instanceof errors.JWTExpired ? 'EXPIRED' : 'INVALID' };
    }
  }

  /** Every key that a proof still alive may be signed with, as a JWK set (RFC 7517). */
  async jwks(): Promise<{ keys: JWK[] }> {
    const keys = this.published().map(async ({ kid, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      kid,
      alg: ALGORITHM,
      use: 'sig',
    }));
    return { keys: await Promise.all(keys) };
  }

  private published() {
    const oldest = this.clock.now() - this.settings.ttlSeconds * 1000;
    return this.keyring.proofKeys.filter(({ retiredAt }) => retiredAt === null || retiredAt > oldest);
  }

  private publicKey(kid: string | undefined): CryptoKey {
    const key = this.published().find((candidate) => candidate.kid === kid);
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key.publicKey as unknown as CryptoKey;
  }
}
