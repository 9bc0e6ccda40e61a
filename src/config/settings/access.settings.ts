import { type ProofSettings } from '../../verification/proof/proof-signer';
import { accessKeys, secrets } from '../keys';
import { integer, text } from '../kinds';
import { group, type ValuesOf } from '../setting';
import { type Faults } from '../settings-fault';

export const ACCESS = group(
  { title: 'Secrets, keys and proofs' },
  {
    INJEUNG_SECRET: secrets({
      defaultText: 'generated in `<database>.secret` outside production',
      requiredBy: ['NODE_ENV=production'],
      description:
        'Master secrets. Any of them opens the keys in the database; the first one wraps them. To replace the secret, put the new one in front of the old one and remove the old one after a restart.',
    }),
    ADMIN_API_KEYS: accessKeys({
      named: true,
      defaultText: 'none: operations for operators are refused',
      description:
        "Operators' keys, sent as `Authorization: Bearer <key>`. The audit log shows the name of a key that has one: 1 to 32 characters a-z, 0-9 and hyphen. The name is not sent; the key alone is the bearer. What is before the first colon is the name, so a key that contains a colon must have one.",
    }),
    APP_API_KEYS: accessKeys({
      defaultText: 'none: requests are open',
      description:
        'When set, request, resend, cancel and verify require one of these keys as `Authorization: Bearer <key>`. Its holder may pass `clientIp`; without it no limit per address applies.',
    }),
    PROOF_ISSUER: text({ default: 'injeung', description: 'The `iss` of proofs.' }),
    PROOF_AUDIENCE: text({ description: 'The `aud` of proofs.' }),
    PROOF_TTL_SECONDS: integer({
      default: 600,
      min: 1,
      max: 86_400,
      unit: 'seconds',
      description: 'How long a proof is valid.',
    }),
    PROOF_KEY_DAYS: integer({
      default: 90,
      min: 0,
      max: 3_650,
      unit: 'days',
      description: 'The age at which the key that signs proofs is replaced automatically; 0 for never.',
    }),
  },
);

export function proofSettings(values: ValuesOf<typeof ACCESS>): ProofSettings {
  return {
    issuer: values.PROOF_ISSUER,
    audience: values.PROOF_AUDIENCE,
    ttlSeconds: values.PROOF_TTL_SECONDS,
  };
}

/** A key in both lists would make every front end's back end an operator. */
export function checkKeysDiffer(values: ValuesOf<typeof ACCESS>, faults: Faults): void {
  const adminKeys = new Set(values.ADMIN_API_KEYS.map(({ key }) => key));
  if (values.APP_API_KEYS.some(({ key }) => adminKeys.has(key)))
    faults.add('APP_API_KEYS', 'must not contain a key of ADMIN_API_KEYS');
}
