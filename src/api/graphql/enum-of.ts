import { registerEnumType } from 'type-graphql';

/**
 * Registers a string union of the domain as a GraphQL enum. type-graphql requires an object, so this creates
 * one from the names of the values.
 */
export function enumOf<T extends string>(
  name: string,
  description: string,
  values: Record<T, string>,
): Record<T, T> {
  const names = Object.keys(values) as T[];
  const object = Object.fromEntries(names.map((value) => [value, value])) as Record<T, T>;
  const valuesConfig = Object.fromEntries(names.map((value) => [value, { description: values[value] }]));
  registerEnumType(object, {
    name,
    description,
    valuesConfig: valuesConfig as Record<T, { description: string }>,
  });
  return object;
}
