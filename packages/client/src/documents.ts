import { OPERATIONS as GENERATED } from './client/generated.js';

/** An operation that the client sends. */
export interface OperationDocument {
  /** The name of the operation and of its only field. */
  readonly name: string;
  /** The document exactly as the client sends it in `query`. */
  readonly document: string;
}

/**
 * Every operation that the client sends, for a route of your own that allows nothing else. It works in Node, because it
 * needs no part of the browser. Use the version of the package that the page uses: another version may send other
 * documents.
 *
 * @example
 * const isAllowed = OPERATIONS.some(({ document }) => document === body.query);
 */
export const OPERATIONS: readonly OperationDocument[] = GENERATED;
