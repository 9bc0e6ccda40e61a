import { sign } from 'node:crypto';
import { type CryptoKey, errors, exportJWK, type JWK, jwtVerify } from 'jose';
import { type Channel } from '../../recipients/channel';
import { type Keyring } from '../../keyring/keyring';
import { type Clock } from '../../shared/clock';

export interface ProofSettings {
  issuer: string;
  audience: string | null;
  ttlSeconds: number;
}

/** The claims of a proof: this recipient verified the code of this verification at this time. */
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
 * Signs and checks proofs: JWTs (RFC 7519) with Ed25519 signatures (RFC 8037). The same claims always give the same
 * token, so a proof whose answer was lost is returned again without being stored.
 */
export class ProofSigner {
  constructor(
    private readonly keyring: Keyring,
    private readonly settings: ProofSettings,
    private readonly clock: Clock,
  ) {}

  sign(claims: ProofClaims): string {
    const key = this.keyring.proofKeys.signing(claims.verifiedAt);
    const issuedAt = Math.floor(claims.verifiedAt / 1000);
    const payload = {
      channel: claims.channel,
      purpose: claims.purpose,
      nonce: claims.nonce ?? undefined,
      iss: this.settings.issuer,
      sub: claims.recipient,
      jti: claims.verificationId,
      iat: issuedAt,
      exp: issuedAt + this.settings.ttlSeconds,
      aud: this.settings.audience ?? undefined,
    };
    const signed = `${encode({ alg: ALGORITHM, typ: 'JWT', kid: key.kid })}.${encode(payload)}`;
    // Node's own function signs faster than jose, which uses WebCrypto and its thread pool.
    return `${signed}.${sign(null, Buffer.from(signed), key.privateKey).toString('base64url')}`;
  }

  /** Checks whether this server signed the token for this audience, and whether it has expired. */
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
      // An unavailable database says nothing about the proof.
      if (!(error instanceof errors.JOSEError)) throw error;
      return { valid: false, reason: error instanceof errors.JWTExpired ? 'EXPIRED' : 'INVALID' };
    }
  }

  /** The keys of all valid proofs, and the key that will sign next, as a JWK set (RFC 7517). */
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
    return this.keyring.proofKeys.retiredAfter(this.clock.now() - this.settings.ttlSeconds * 1000);
  }

  private async publicKey(kid: string | undefined): Promise<CryptoKey> {
    const find = () => this.published().find((candidate) => candidate.kid === kid);
    let key = find();
    if (!key) {
      // Another node may have created it a moment ago.
      await this.keyring.proofKeys.refresh();
      key = find();
    }
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key.publicKey as unknown as CryptoKey;
  }
}

/** A part of a JWT (RFC 7515, section 3.1). */
function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
