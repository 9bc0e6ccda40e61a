import { type ValidationError, validateSync } from 'class-validator';
import { badInputs, type FieldFault } from '../../shared/errors';
import { type FieldRule } from '../../shared/field-rule';

/** The rule that a class-validator constraint stands for; a decorator's `context: { rule }` wins over it. */
export const RULE_OF_CONSTRAINT: Readonly<Record<string, FieldRule>> = {
  minLength: 'TOO_SHORT',
  matches: 'INVALID_FORMAT',
};

/**
 * Checks an argument's class-validator rules. Passed to type-graphql as `validateFn`: its built-in validation looks
 * the library up anew for every argument of every request (5 % of a request's CPU).
 *
 * @throws AppError BAD_USER_INPUT with every broken rule; values are not repeated.
 */
export function validateInput(value: unknown): void {
  if (typeof value !== 'object' || value === null || value.constructor === Object) return;
  // An input type may have no rules of its own: graphql-js has checked that nothing unknown is in it.
  const options = { validationError: { target: false, value: false }, forbidUnknownValues: false };
  const errors = validateSync(value, options);
  if (errors.length === 0) return;
  throw badInputs(errors.flatMap((error) => describe(error, 'input')));
}

function describe(
  { property, constraints = {}, contexts, children = [] }: ValidationError,
  parent: string,
): FieldFault[] {
  const path = `${parent}.${property}`;
  const own = Object.entries(constraints).map(([constraint, message]) => {
    const context = contexts?.[constraint] as { rule?: FieldRule } | undefined;
    return { path, rule: context?.rule ?? RULE_OF_CONSTRAINT[constraint] ?? 'INVALID_FORMAT', message };
  });
  return [...own, ...children.flatMap((child) => describe(child, path))];
}
