/** A GraphQL operation as a string, with the types of its answer and its variables. */
export interface Operation<Data, Variables> {
  /** The name of the operation and of its only field. */
  name: string & keyof Data;
  document: string;
  /** Never set; it binds the type of the variables. */
  variables?: Variables;
}
