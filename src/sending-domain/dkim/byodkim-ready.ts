/** What SES says of a domain's DKIM. Strings, not enums: SES adds values (`AWS_SES_<REGION>`) without notice. */
export interface DkimAttributes {
  origin: string | null | undefined;
  signingEnabled: boolean | null | undefined;
  status: string | null | undefined;
}

/**
 * True when, and only when, SES signs with the domain's own key: the key is the customer's (`EXTERNAL`), signing is
 * on, and SES has seen the record (`SUCCESS`). Source: SES API v2, `DkimAttributes`.
 */
export function byodkimReady({ origin, signingEnabled, status }: DkimAttributes): boolean {
  return origin === 'EXTERNAL' && signingEnabled === true && status === 'SUCCESS';
}
