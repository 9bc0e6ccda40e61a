import { type ValidationError, validateSync } from 'class-validator';
import { badInputs, type FieldFault } from '../../shared/errors';
import { type FieldRule } from '../../shared/field-rule';

/**
 * The field rule for each class-validator constraint. The `context: { rule }` of a decorator takes
 * precedence.
 */
export const RULE_OF_CONSTRAINT: Readonly<Record<string, FieldRule>> = {
  minLength: 'TOO_SHORT',
  matches: 'INVALID_FORMAT',
};

/**
 * Checks the class-validator rules of an argument. type-graphql calls it as `validateFn`, because its
 * built-in validation imports the library again for every argument of every request.
 *
 * @throws AppError BAD_USER_INPUT with every broken rule. The values are not repeated.
 */
export function validateInput(value: unknown): void {
  if (typeof value !== 'object' || value === null || value.constructor === Object) return;
  // An input type may have no rules. graphql-js has already checked that it contains no unknown fields.
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
