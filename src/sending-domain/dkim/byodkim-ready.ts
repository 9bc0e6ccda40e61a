/**
 * SES's DKIM state of a domain. Strings, not enums, because SES adds values (`AWS_SES_<REGION>`) without
 * notice.
 */
export interface DkimAttributes {
  origin: string | null | undefined;
  signingEnabled: boolean | null | undefined;
  status: string | null | undefined;
}

/**
 * True only when SES signs with the domain's own key: the key is the customer's (`EXTERNAL`), signing is
 * enabled, and SES has found the record (`SUCCESS`). Source: SES API v2, `DkimAttributes`.
 */
export function byodkimReady({ origin, signingEnabled, status }: DkimAttributes): boolean {
  return origin === 'EXTERNAL' && signingEnabled === true && status === 'SUCCESS';
}
