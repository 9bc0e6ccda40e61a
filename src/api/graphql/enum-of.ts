import { registerEnumType } from 'type-graphql';

/** GraphQL wants enums as objects; the domain's string unions stay the source of their names. */
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
