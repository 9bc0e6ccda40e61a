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
        'Master secrets, which encrypt the keys in the database. Any of them decrypts the keys; the first one encrypts them. To replace the secret, put the new one in front of the old one, restart, and then remove the old one.',
    }),
    ADMIN_API_KEYS: accessKeys({
      named: true,
      defaultText: 'none: operations for operators are refused',
      description:
        'The keys of operators, sent as `Authorization: Bearer <key>`. With `name:key` a key has a name of 1 to 32 characters a-z, 0-9 and hyphen, which the audit log shows. Only the part after the first colon is sent. A key that contains a colon must have a name.',
    }),
    APP_API_KEYS: accessKeys({
      defaultText: 'none: requests are open',
      description:
        'If set, the operations request, resend, cancel and verify require one of these keys as `Authorization: Bearer <key>`. A caller with a key may pass `clientIp`; a request without it is not subject to the limit per address.',
    }),
    PROOF_ISSUER: text({ default: 'injeung', description: 'The issuer of proofs: their claim `iss`.' }),
    PROOF_AUDIENCE: text({ description: 'The audience of proofs: their claim `aud`.' }),
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
      description: 'The age at which the key that signs proofs is replaced automatically; 0 means never.',
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

/** A key in both lists would give every back end the rights of an operator. */
export function checkKeysDiffer(values: ValuesOf<typeof ACCESS>, faults: Faults): void {
  const adminKeys = new Set(values.ADMIN_API_KEYS.map(({ key }) => key));
  if (values.APP_API_KEYS.some(({ key }) => adminKeys.has(key)))
    faults.add('APP_API_KEYS', 'must not contain a key of ADMIN_API_KEYS');
}
