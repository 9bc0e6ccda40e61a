/** The form of a purpose's name: in requests, in PURPOSES_FILE and as a directory of templates. */
export const PURPOSE_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** What is said about a name of another form. */
export const PURPOSE_NAME_RULE =
  'must be a lower-case letter, then up to 31 lower-case letters, digits or hyphens';
