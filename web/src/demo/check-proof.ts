import { createRemoteJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';

const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', location.href));

/** What jose throws about the proof. Every other error is about the keys. */
const REFUSALS = [
  ...[errors.JWSSignatureVerificationFailed, errors.JWTExpired, errors.JWTClaimValidationFailed],
  ...[errors.JWSInvalid, errors.JWTInvalid, errors.JOSEAlgNotAllowed, errors.JWKSNoMatchingKey],
];

export interface CheckedProof {
  proof: string;
  claims: JWTPayload;
  /** Null: the signature cannot be checked, because the keys or the browser's support for them are missing. */
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
  // Without TLS, browsers have no `crypto.subtle`.
  if (!isSecureContext) return { proof, claims, isValid: null };
  if (claims.purpose !== expected.purpose || claims.nonce !== expected.nonce)
    return { proof, claims, isValid: false };
  try {
    await jwtVerify(proof, keys, { algorithms: ['EdDSA'] });
    return { proof, claims, isValid: true };
  } catch (error) {
    return { proof, claims, isValid: REFUSALS.some((type) => error instanceof type) ? false : null };
  }
}
