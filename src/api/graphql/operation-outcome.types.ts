/** What came of one field at the root of an operation; the request's log line lists them. */
export interface OperationOutcome {
  /** The field's name in the schema. */
  operation: string;
  /** `extensions.code` of its error; absent when it succeeded. */
  error?: string;
  /** Which limit refused it. */
  limit?: string;
  /** Why a code, a proof or a recipient was refused. */
  reason?: string;
  /** The input fields that broke a rule, and the rule: `input.email INVALID_EMAIL`. Never a value. */
  fields?: string[];
  verification?: string;
}
