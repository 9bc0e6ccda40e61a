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

/** Maximum number of characters of a text without its own limit below. */
const DEFAULT_LIMIT = 255;

/**
 * Maximum number of characters of each text that a client may send, by the name of the argument or input
 * field. Recipients and codes may be longer than their canonical form, because copying adds invisible
 * characters. Their own rules are checked afterwards.
 */
const LIMITS: Readonly<Record<string, number>> = {
  email: 1_000,
  recipient: 1_000,
  name: 1_000,
  domain: 1_000,
  mailFromDomain: 1_000,
  locale: 35,
  region: 32,
  accessKeyId: 128,
  secretAccessKey: 128,
  // A cursor contains the page token of SES.
  after: 8_192,
  humanToken: 8_192,
  token: 8_192,
  privateKey: 16_384,
};

/** Finds the texts that are too long in the value of an argument or input field, whose own path is `path`. */
type Measure = (value: unknown, path: string, faults: FieldFault[]) => void;

/**
 * Refuses texts that are too long, before any other code reads them. It covers every argument and input field
 * of type String in the schema. Ids are exempt: a malformed id is treated as an unknown one, which is decided
 * at once.
 *
 * The resolvers of the fields then throw AppError BAD_USER_INPUT with the rule TOO_LONG.
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

/** Null when none of the fields contains a text. */
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
