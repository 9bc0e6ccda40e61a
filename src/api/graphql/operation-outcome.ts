import {
  type GraphQLField,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { DatabaseUnavailable } from '../../database/database-errors';
import { AppError } from '../../shared/errors';
import { parseVerificationId } from '../../verification/code/verification-id';
import { type LimitName } from '../../limits/limit-refusals';
import { type ApiContext } from './context';
import { type OperationOutcome } from './operation-outcome.types';

/** Called for every operation that failed, with its arguments. */
export type OnRefused = (
  outcome: OperationOutcome & { error: string },
  error: unknown,
  args: Record<string, unknown>,
) => void;

type Resolve = NonNullable<GraphQLField<unknown, ApiContext>['resolve']>;

/**
 * Makes every root field record its outcome in the context of the request. The records contain names of the
 * schema and codes of errors only, so nothing that a client wrote is logged, except the id of a verification.
 */
export function recordOutcomes(schema: GraphQLSchema, onRefused: OnRefused): void {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {}))
      field.resolve = recorded(field.name, field.resolve as Resolve, onRefused);
  }
}

function recorded(operation: string, resolve: Resolve, onRefused: OnRefused): Resolve {
  return async (source, args: Record<string, unknown>, context, info) => {
    try {
      const result: unknown = await resolve(source, args, context, info);
      context.outcomes.push({ operation, ...outcomeOf(result) });
      return result;
    } catch (error) {
      const outcome = { operation, ...refusalOf(error), ...askedFor(args) };
      context.outcomes.push(outcome);
      onRefused(outcome, error, args);
      throw error;
    }
  };
}

/** A `Verification` contains its id, a `VerifyCodeResult` the id and the reason. */
function outcomeOf(result: unknown): Partial<OperationOutcome> {
  if (typeof result !== 'object' || result === null) return {};
  const { id, verificationId, reason } = result as Record<string, unknown>;
  return { ...verificationOf(verificationId ?? id), ...(typeof reason === 'string' ? { reason } : {}) };
}

export function refusalOf(error: unknown): Partial<OperationOutcome> & { error: string } {
  if (error instanceof DatabaseUnavailable) return { error: 'CHANNEL_UNAVAILABLE', reason: 'DATABASE' };
  if (!(error instanceof AppError)) return { error: 'INTERNAL_SERVER_ERROR' };
  const { limit, reason, fields } = error.extensions;
  return {
    error: error.code,
    ...(typeof limit === 'string' ? { limit: limit as LimitName } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(Array.isArray(fields) ? { fields: fields.map(fieldRule) } : {}),
  };
}

function fieldRule(field: unknown): string {
  const { path, rule } = field as { path: string; rule?: string };
  return rule === undefined ? path : `${path} ${rule}`;
}

/**
 * Returns the verification id in the arguments, if it has the form of an id. A client could write anything
 * there.
 */
function askedFor(args: Record<string, unknown>): Partial<OperationOutcome> {
  const input = (args.input ?? {}) as Record<string, unknown>;
  return verificationOf(args.verificationId ?? input.verificationId ?? args.id);
}

function verificationOf(id: unknown): Partial<OperationOutcome> {
  return typeof id === 'string' && parseVerificationId(id) ? { verification: id } : {};
}

/** The name for an operation that is unknown, because the document could not be parsed or is not valid. */
const NO_OPERATION = 'none';

/**
 * The outcomes of a document that was refused before any of its fields was executed. The first error applies
 * to all of them.
 */
export function unexecutedOutcomes(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode | undefined,
  errors: readonly GraphQLFormattedError[],
): OperationOutcome[] {
  const [first] = errors;
  if (first === undefined) return [];
  const { code, fields } = first.extensions ?? {};
  const refusal: Partial<OperationOutcome> = {
    error: typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR',
    ...(Array.isArray(fields) ? { fields: fields.map(fieldRule) } : {}),
  };
  const names = operation ? rootFields(schema, operation) : [];
  return (names.length === 0 ? [NO_OPERATION] : names).map((name) => ({ operation: name, ...refusal }));
}

/** The names of the root fields in the schema. Fields inside fragments are left out. */
function rootFields(schema: GraphQLSchema, { operation, selectionSet }: OperationDefinitionNode): string[] {
  const known = schema.getRootType(operation)?.getFields() ?? {};
  const names = selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? [one.name.value] : []));
  return names.filter((name) => Object.hasOwn(known, name));
}
