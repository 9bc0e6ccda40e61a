/**
 * The rules for input, each with its meaning. A refused field has the name of the rule in
 * `extensions.fields[].rule`, so that a front end can show a sentence in the user's language. Names are part
 * of the public contract: add rules, never rename or remove one.
 */
export const FIELD_RULES = {
  REQUIRED: 'the field is missing, null or empty',
  INVALID_TYPE: 'the value has the wrong JSON type, such as a number instead of a string',
  UNKNOWN_FIELD: 'the input type has no field of this name',
  UNKNOWN_VALUE: 'the value is not one of the allowed values',
  TOO_MANY_FAULTS: 'the variables have so many faults that not all of them are listed',
  TOO_MANY_VALUES: 'the variables hold more values than any input takes',
  TOO_DEEP: 'the variables are nested deeper than any input',
  TOO_SHORT: 'the text has too few characters',
  TOO_LONG: 'the text has too many characters',
  OUT_OF_RANGE: 'the number is below the minimum or above the maximum',
  INVALID_FORMAT: 'the text does not have the required form',
  INVALID_CHARACTERS: 'the text contains characters that are not allowed, such as control characters',
  EXACTLY_ONE: 'exactly one of several fields must be given',
  NOT_APPLICABLE: 'the field must not be given together with the other values',
  MISMATCH: 'the value does not belong to another value of the input',
  INVALID_EMAIL: 'the text is not an e-mail address',
  UNSUPPORTED_EMAIL: 'the part before the @ has characters that mail providers cannot send to',
  INVALID_PHONE_NUMBER: 'the text is not a phone number that exists',
  NOT_MOBILE: 'the phone number is not a mobile number',
  INVALID_CODE: 'the code does not have the right number of digits',
  INVALID_IP_ADDRESS: 'the text is neither an IPv4 nor an IPv6 address',
  INVALID_DOMAIN: 'the text is not a domain name',
  NOT_A_SUBDOMAIN: 'the domain is not a subdomain of the identity',
  DOMAIN_IN_USE: 'the domain is used for sending or receiving other mail',
  INVALID_SELECTOR: 'the text is not a DKIM selector',
  INVALID_PRIVATE_KEY: 'the text is not a usable RSA private key',
  INVALID_CURSOR: 'the cursor does not belong to this list, or has expired',
  TEMPORARY_CREDENTIALS: 'the access key is temporary, where a permanent one is required',
  UNSUPPORTED_REGION: 'the AWS region does not offer the service',
} as const;

/** Why a field was refused. */
export type FieldRule = keyof typeof FIELD_RULES;
