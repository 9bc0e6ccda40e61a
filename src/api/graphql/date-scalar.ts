import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';

/**
 * The type of every date in the schema: a string such as `2026-01-15T03:00:00.000Z`, always in UTC. Code
 * generators read the format from the directive `@specifiedBy`, which graphql-scalars leaves out. The name is
 * the one of graphql-scalars.
 */
export const DateTimeISO = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  description: 'A date and time in UTC as an RFC 3339 string, such as `2026-01-15T03:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
});
