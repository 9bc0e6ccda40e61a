import { type SqlValue, type Transaction } from './statement';

/**
 * An operation that every verification runs. It has two forms with the same effect, and both are in the operation's
 * file.
 *
 * SQLite runs the transaction. PostgreSQL runs the batch statement, which needs one round trip and one commit for many
 * inputs. The batch statement only reports that it refused an input. PostgreSQL then runs the transaction for this
 * input, which finds the reason. It may also accept the input: the batch statement may refuse too much, but it never
 * accepts too much.
 */
export interface HotOperation<Input, Result> {
  /** Inputs of operations with the same name share statements. */
  readonly name: string;
  /** The transaction is a single statement, which needs no savepoint, because it changes nothing when it fails. */
  readonly isOneStatement?: boolean;
  transaction(input: Input): Transaction<Result>;
  /**
   * Reads the reason of a refusal without locking rows. PostgreSQL does so before it runs the transaction, which might
   * otherwise lock rows that all inputs share, only to refuse.
   */
  findRefusal?(input: Input): Transaction<Error | null>;
  readonly batch: BatchStatement<Input, Result>;
}

/** One PostgreSQL statement that runs an operation for many inputs and commits by itself. */
export interface BatchStatement<Input, Result> {
  /**
   * Returns one row for each accepted input, and changes nothing for the others. A statement that has to undo what it
   * wrote divides by zero; then each of its inputs runs alone.
   */
  readonly sql: string;
  /** One array for each parameter. */
  params(inputs: readonly Input[]): SqlValue[][];
  /** Identifies an input; the column `id` of the result contains it. */
  idOf(input: Input): string;
  /** Rows that can be changed for one input only: inputs with such a key in common never share a statement. */
  ownKeys(input: Input): SqlValue[];
  /** Rows that one statement changes for many inputs at once. Statements that have a key in common run in turn. */
  sharedKeys?(input: Input): SqlValue[];
  /** The result of an accepted input; never null. */
  resultOf(row: object, input: Input): Result;
}
