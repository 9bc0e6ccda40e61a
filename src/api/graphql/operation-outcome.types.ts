import { type LimitName } from '../../limits/limit-refusals';

/** The outcome of one root field of an operation. The log line of the request lists them. */
export interface OperationOutcome {
  /** The field's name in the schema. */
  operation: string;
  /** `extensions.code` of its error; absent when the field succeeded. */
  error?: string;
  /** The limit that refused it. */
  limit?: LimitName;
  /** Why a code, a proof or a recipient was refused. */
  reason?: string;
  /** Each input field that broke a rule, with the rule: `input.email INVALID_EMAIL`. Never a value. */
  fields?: string[];
  verification?: string;
}
