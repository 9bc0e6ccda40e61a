import { type ProofSettings } from '../../verification/proof';
import { integer, list, text } from '../kinds';
import { Fault, group, type ValuesOf } from '../setting';

export const ACCESS = group(
  { title: 'Secrets, keys and proofs' },
  {
    INJEUNG_SECRET: list({
      form: 'secrets of at least 32 characters',
      default: [],
      defaultText: 'generated in `<database>.secret` outside production',
      secret: true,
      requiredBy: ['NODE_ENV=production'],
      entry: atLeast(32),
      description:
        'Master secrets. Any of them opens the keys in the database; the first one wraps them. To replace the secret, put the new one in front of the old one and remove the old one after a restart.',
    }),
    ADMIN_API_KEYS: list({
      form: 'keys of at least 24 characters',
      default: [],
      defaultText: 'none: operations for operators are refused',
      secret: true,
      entry: atLeast(24),
      description: "Operators' keys, sent as `Authorization: Bearer <key>`.",
    }),
    APP_API_KEYS: list({
      form: 'keys of at least 24 characters',
      default: [],
      defaultText: 'none: requests are open',
      secret: true,
      entry: atLeast(24),
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

function atLeast(characters: number): (secret: string) => string | Fault {
  return (secret) =>
    secret.length >= characters ? secret : new Fault(`each must be at least ${characters} characters long`);
}
