/** Why a template cannot be used, and the setting with which the operator can correct it. */
export interface TemplateFault {
  variable: 'TEMPLATES_DIR' | 'BRAND_NAME' | 'SMS_WEBOTP_DOMAIN' | 'DEFAULT_LOCALE';
  message: string;
}

/** Templates that cannot be used, with all of their faults. */
export class TemplateFaults extends Error {
  constructor(readonly faults: readonly TemplateFault[]) {
    super(faults.map(({ variable, message }) => `${variable}: ${message}`).join('\n'));
    this.name = 'TemplateFaults';
  }
}
