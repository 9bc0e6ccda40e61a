import { GraphQLError } from 'graphql';
import { type FieldFault } from '../../shared/errors';
import { type FieldRule } from '../../shared/field-rule';

/** How graphql-js words an error about a value, the field rule for it, and the message that we send instead. */
const COMPLAINTS: readonly [RegExp, FieldRule, string][] = [
  [/^Field "\w+" of required type/, 'REQUIRED', 'is required'],
  [/^Field ".*" is not defined by type/s, 'UNKNOWN_FIELD', 'is not a field of this input'],
  [/^Expected non-nullable type/, 'REQUIRED', 'must not be null'],
  [/^Expected type "\w+" to be an object/, 'INVALID_TYPE', 'must be an object'],
  [/^(String|ID) cannot represent/, 'INVALID_TYPE', 'must be a string'],
  [/^Boolean cannot represent/, 'INVALID_TYPE', 'must be true or false'],
  [
    /^Int cannot represent non 32-bit/,
    'OUT_OF_RANGE',
    'must be a whole number from -2147483648 to 2147483647',
  ],
  [/^Int cannot represent/, 'INVALID_TYPE', 'must be a whole number'],
  [/^Float cannot represent/, 'INVALID_TYPE', 'must be a number'],
  [/^DateTime cannot represent/, 'INVALID_FORMAT', 'must be a date and time such as 2026-01-15T03:00:00Z'],
  [
    /^Value ".*" does not exist in "\w+" enum/s,
    'UNKNOWN_VALUE',
    'must be one of the values that the schema lists',
  ],
  [
    /^Enum "\w+" cannot represent/,
    'INVALID_TYPE',
    'must be a string with one of the values that the schema lists',
  ],
];

const TOO_MANY: FieldFault = {
  path: 'variables',
  rule: 'TOO_MANY_FAULTS',
  message: 'contain more errors than are listed here: correct these first',
};

/**
 * Returns the fault behind an error of graphql-js about a variable or an argument, or null for any other
 * error. The messages of graphql-js quote the value, which may be a code or a key, so only the path and our
 * own message are sent.
 */
export function coercionFault(error: unknown): FieldFault | null {
  if (!(error instanceof GraphQLError)) return null;
  const { originalError } = error;
  // Apollo wraps graphql-js's errors about variables; an error that a resolver threw is not a GraphQLError.
  if (originalError !== undefined && !(originalError instanceof GraphQLError)) return null;
  if (error.message.startsWith('Too many errors processing variables')) return TOO_MANY;
  return ofVariable(error, originalError?.message) ?? ofArgument(error.message);
}

/** `Variable "$input" got invalid value 42 at "input.code"; String cannot represent a non string value: 42` */
function ofVariable({ message }: GraphQLError, complaint = ''): FieldFault | null {
  const [, name] = /^Variable "\$(\w+)" /.exec(message) ?? [];
  if (name === undefined) return null;
  if (/^Variable "\$\w+" of (required|non-null) type /.test(message)) return missing(name);
  if (!/^Variable "\$\w+" got invalid value /.test(message)) return null;
  const said = complaint === message ? '' : complaint;
  const before = said === '' ? message : message.slice(0, -said.length - '; '.length);
  return { path: pathOf(name, before, said), ...judge(said) };
}

/** `Argument "id" of non-null type "ID!" must not be null.`, found only when the field is executed. */
function ofArgument(message: string): FieldFault | null {
  const [, name, of] = /^Argument "(\w+)" (of|has invalid value) /.exec(message) ?? [];
  if (name === undefined) return null;
  return of === 'of'
    ? missing(name)
    : { path: name, rule: 'INVALID_TYPE', message: 'has a value of the wrong type' };
}

function missing(path: string): FieldFault {
  return { path, rule: 'REQUIRED', message: 'is required' };
}

function judge(complaint: string): { rule: FieldRule; message: string } {
  for (const [form, rule, message] of COMPLAINTS) if (form.test(complaint)) return { rule, message };
  return { rule: 'INVALID_TYPE', message: 'has a value of the wrong type' };
}

/**
 * graphql-js names a missing or unknown field in the complaint, and every other field in the path before it.
 */
function pathOf(variable: string, before: string, complaint: string): string {
  const path = / at "([\w.[\]]+)"$/.exec(before)?.[1] ?? variable;
  const field = /^Field "(\w{1,64})" /.exec(complaint)?.[1];
  return field === undefined ? path : `${path}.${field}`;
}
