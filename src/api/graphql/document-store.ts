import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { type DocumentNode } from 'graphql';

/** Characters of source text that are kept in all; a character costs at most about 250 bytes as tokens and nodes. */
export const MAX_STORED_CHARACTERS = 128 * 1024;

/**
 * The parsed documents that Apollo keeps, so that a document that comes again is neither parsed nor validated. Applications
 * send a handful of them, but a caller who writes values into the text sends a new document every time.
 *
 * Sizes are counted in characters of source text. A parsed document refers to its tokens, comments included, and to the
 * whole text; Apollo's own measure, the length of the nodes as JSON, sees none of that.
 */
export function createDocumentStore(): InMemoryLRUCache<DocumentNode> {
  return new InMemoryLRUCache<DocumentNode>({
    maxSize: MAX_STORED_CHARACTERS,
    // The parser gives every document a location; a document without one is too large to be kept.
    sizeCalculation: (document) => document.loc?.source.body.length ?? MAX_STORED_CHARACTERS + 1,
  });
}
