import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLFieldResolver,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  GraphQLString,
  isInputObjectType,
  isListType,
  isObjectType,
} from 'graphql';
import { badInputs, type FieldFault } from '../../../shared/errors';
import { type ApiContext } from '../context';

/** Most characters of a text that has no limit of its own below. */
const DEFAULT_LIMIT = 255;

/**
 * Most characters of each text that a client may send, by the name of the argument or input field. Recipients and codes
 * may be longer than their canonical form, because copying adds characters that nobody sees; their own rules follow.
 */
const LIMITS: Readonly<Record<string, number>> = {
  email: 1_000,
  recipient: 1_000,
  name: 1_000,
  domain: 1_000,
  locale: 35,
  region: 32,
  accessKeyId: 128,
  secretAccessKey: 128,
  // Cursors hold SES's own page token.
  after: 8_192,
  humanToken: 8_192,
  token: 8_192,
  privateKey: 16_384,
};

/** Finds the texts that are too long in the value of an argument or input field; `path` is its own. */
type Measure = (value: unknown, path: string, faults: FieldFault[]) => void;

/**
 * Refuses texts that are too long before anything else looks at them, for every argument and input field of type String
 * that the schema has. Ids are exempt: a malformed one is an unknown one, and finding that out takes no time.
 *
 * The fields' resolvers then throw AppError BAD_USER_INPUT with the rule TOO_LONG.
 */
export function limitTexts(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const measure = measureAll(field.args);
      if (measure && field.resolve) field.resolve = measuring(field.resolve, measure);
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, ApiContext, Record<string, unknown>>;

function measuring(resolve: Resolve, measure: Measure): Resolve {
  return (source, args, context, info) => {
    const faults: FieldFault[] = [];
    measure(args, '', faults);
    if (faults.length > 0) throw badInputs(faults);
    return resolve(source, args, context, info);
  };
}

/** Null when none of the fields holds a text. */
function measureAll(fields: readonly (GraphQLArgument | GraphQLInputField)[]): Measure | null {
  const measures = fields.flatMap(({ name, type }): [string, Measure][] => {
    const measure = measureOf(type, LIMITS[name] ?? DEFAULT_LIMIT);
    return measure ? [[name, measure]] : [];
  });
  if (measures.length === 0) return null;
  return (value, path, faults) => {
    const object = value as Record<string, unknown>;
    for (const [name, measure] of measures) {
      const field = object[name];
      if (field !== null && field !== undefined)
        measure(field, path === '' ? name : `${path}.${name}`, faults);
    }
  };
}

function measureOf(declared: GraphQLInputType, limit: number): Measure | null {
  const type = getNullableType(declared);
  if (isListType(type)) {
    const measure = measureOf(type.ofType, limit);
    return measure && measuringEach(measure);
  }
  const named = getNamedType(type);
  if (isInputObjectType(named)) return measureAll(Object.values(named.getFields()));
  if (named !== GraphQLString) return null;
  return (text, path, faults) => {
    if ((text as string).length <= limit) return;
    faults.push({ path, rule: 'TOO_LONG', message: `must be at most ${limit} characters` });
  };
}

function measuringEach(measure: Measure): Measure {
  return (list, path, faults) => {
    for (const item of list as unknown[]) if (item !== null) measure(item, path, faults);
  };
}
