import { PURPOSE_NAME } from '../../shared/purpose-name';
import { type JsonSchema, POLICY_KEYS } from './policy-keys';

/** The JSON Schema of PURPOSES_FILE, with which editors complete and check the file. */
export function purposesJsonSchema(): JsonSchema {
  const properties = Object.fromEntries(
    Object.entries(POLICY_KEYS).map(([key, { schema }]) => [key, schema]),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'PURPOSES_FILE of Injeung',
    description: 'Policies per purpose. Where a policy has no value, the settings of the channel apply.',
    type: 'object',
    properties: {
      $schema: { description: 'Where editors find this schema. The server ignores it.', type: 'string' },
      purposes: {
        description: 'The policies by the name of the purpose.',
        type: 'object',
        minProperties: 1,
        propertyNames: { pattern: PURPOSE_NAME.source },
        additionalProperties: {
          description: 'What this purpose changes. It may be empty.',
          type: ['object', 'null'],
          properties,
          additionalProperties: false,
        },
      },
      strict: {
        description: 'Refuse purposes that are not listed.',
        type: 'boolean',
        default: false,
      },
    },
    required: ['purposes'],
    additionalProperties: false,
  };
}
