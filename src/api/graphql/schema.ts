import { type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type ClassType } from 'type-graphql';
import { AuditLogResolver } from './operations/audit-log.resolver';
import { DateTimeISO } from './date-scalar';
import { DeliveryLogResolver } from './operations/delivery-log.resolver';
import { DiagnosisResolver } from './operations/diagnosis.resolver';
import { DkimKeyResolver } from './sending-domain/dkim-key.resolver';
import { EmailIdentityResolver } from './sending-domain/email-identity.resolver';
import { ErasureResolver } from './operations/erasure.resolver';
import { type OnRefused, recordOutcomes } from './operation-outcome';
import { MailFromResolver } from './sending-domain/mail-from.resolver';
import { ProofKeyResolver } from './operations/proof-key.resolver';
import { ProofResolver } from './verification/proof.resolver';
import { RefusalLogResolver } from './operations/refusal-log.resolver';
import { SesAccountResolver } from './sending-domain/ses-account.resolver';
import { SuppressionResolver } from './operations/suppression.resolver';
import { limitTexts } from './guards/text-limits';
import { validateInput } from './validate-input';
import { VerificationResolver } from './verification/verification.resolver';

const RESOLVERS = [
  VerificationResolver,
  ProofResolver,
  ProofKeyResolver,
  EmailIdentityResolver,
  MailFromResolver,
  DkimKeyResolver,
  SesAccountResolver,
  DeliveryLogResolver,
  AuditLogResolver,
  RefusalLogResolver,
  SuppressionResolver,
  DiagnosisResolver,
  ErasureResolver,
] as const;

/** The sentence in the description of a field that requires a key. */
const REQUIRED_KEYS: Record<string, string> = {
  admin:
    'Requires an admin key: send `Authorization: Bearer <key>`. Without one the error is UNAUTHENTICATED.',
  any: 'Requires an application key or an admin key: send `Authorization: Bearer <key>`. Without one the error is UNAUTHENTICATED.',
};

/** Builds the schema from resolver instances. Without them the schema can be printed, but not executed. */
export function createSchema(
  resolvers: readonly object[],
  onRefused: OnRefused = () => undefined,
): GraphQLSchema {
  const instances = new Map<unknown, object>(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const schema = buildSchemaSync({
    resolvers: [...RESOLVERS] as unknown as [ClassType, ...ClassType[]],
    container: { get: (cls) => instances.get(cls) },
    scalarsMap: [{ type: Date, scalar: DateTimeISO }],
    validateFn: validateInput,
    // Apollo Server checks the schema too. Checking it here as well would take most of the time of a start.
    skipCheck: true,
  });
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const required = REQUIRED_KEYS[String(field.extensions.requiredKey)];
      if (required) field.description = `${field.description}\n\n${required}`;
    }
  }
  limitTexts(schema);
  // Must be the last step, because it also records the refusals of the steps before.
  recordOutcomes(schema, onRefused);
  return schema;
}
