import { type SqlValue, type Transaction } from './statement';

/**
 * An operation that every verification runs. It has two forms with the same effect, which are in one file.
 *
 * - SQLite runs the transaction.
 * - PostgreSQL runs the batch statement, which needs only one round trip and one commit for many inputs. The batch
 *   statement does not report why it refused an input, and it may refuse an input that is acceptable. It never accepts
 *   an input that must be refused. For a refused input PostgreSQL therefore runs the transaction, which finds the
 *   reason or accepts the input.
 */
export interface HotOperation<Input, Result> {
  /** Inputs of operations with the same name share statements. */
  readonly name: string;
  /** The transaction is a single statement. It needs no savepoint, because a failed statement changes nothing. */
  readonly isOneStatement?: boolean;
  transaction(input: Input): Transaction<Result>;
  /**
   * Reads the reason of a refusal without locking rows. PostgreSQL calls it before it runs the transaction of a refused
   * input, so that most refusals do not lock rows that other inputs need.
   */
  findRefusal?(input: Input): Transaction<Error | null>;
  readonly batch: BatchStatement<Input, Result>;
}

/** One PostgreSQL statement that runs an operation for many inputs and commits by itself. */
export interface BatchStatement<Input, Result> {
  /**
   * Returns one row for each accepted input, and changes nothing for the others. If the statement has to undo its
   * writes, it divides by zero. Each of its inputs is then run alone.
   */
  readonly sql: string;
  /** One array for each parameter. */
  params(inputs: readonly Input[]): SqlValue[][];
  /** The id of an input, which the statement returns in its column `id`. */
  idOf(input: Input): string;
  /**
   * Keys of rows that a statement can change for one input only. Inputs with a common own key never share a statement.
   */
  ownKeys(input: Input): SqlValue[];
  /** Keys of rows that a statement can change for many inputs at once. Statements with a common key run one by one. */
  sharedKeys?(input: Input): SqlValue[];
  /** The result of an accepted input. It must not be null. */
  resultOf(row: object, input: Input): Result;
}
