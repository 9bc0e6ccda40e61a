import document from './examples.graphql?raw';
import variables from './examples.json';

/** The document that Apollo Sandbox and GraphiQL open with: one verification from request to proof. */
export const DOCUMENT = document;

/** The variables of all operations of the document. */
export const VARIABLES = variables;
