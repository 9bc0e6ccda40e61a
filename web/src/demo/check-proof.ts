import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose';

const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', location.href));

export interface CheckedProof {
  claims: JWTPayload;
  /** Null: this browser cannot check signatures on a page without TLS. */
  isValid: boolean | null;
}

/**
 * Checks a proof as a back end does: the signature with the server's public key, then the purpose and the nonce, which
 * the page chose itself.
 */
export async function checkProof(
  proof: string,
  expected: { purpose: string; nonce: string },
): Promise<CheckedProof> {
  const claims = decodeJwt(proof);
  if (!isSecureContext) return { claims, isValid: null };
  const isSigned = await jwtVerify(proof, keys, { algorithms: ['EdDSA'] }).then(
    () => true,
    () => false,
  );
  const isExpected = claims.purpose === expected.purpose && claims.nonce === expected.nonce;
  return { claims, isValid: isSigned && isExpected };
}
