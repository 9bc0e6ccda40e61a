import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { type DocumentNode } from 'graphql';

/**
 * Maximum characters of source text in the store. One character takes at most about 250 bytes as tokens and
 * nodes.
 */
export const MAX_STORED_CHARACTERS = 128 * 1024;

/**
 * Stores the parsed documents, so that Apollo does not parse and validate a repeated document again.
 * Applications send few different documents, but a caller who writes values into the text sends a new one
 * every time, so the store is limited.
 *
 * Sizes are counted in characters of source text. Apollo's own measure, the length of the nodes as JSON, does
 * not include the tokens, the comments and the text that a parsed document refers to.
 */
export function createDocumentStore(): InMemoryLRUCache<DocumentNode> {
  return new InMemoryLRUCache<DocumentNode>({
    maxSize: MAX_STORED_CHARACTERS,
    // The parser gives every document a location. A document without one counts as too large to be stored.
    sizeCalculation: (document) => document.loc?.source.body.length ?? MAX_STORED_CHARACTERS + 1,
  });
}
