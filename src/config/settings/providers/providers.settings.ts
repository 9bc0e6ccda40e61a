import { type ProviderSettings } from '../../../channels/channel-settings';
import { type ValuesOf } from '../../setting';
import { HTTP, httpSettings } from './http.settings';
import { SENS_ALIMTALK, sensAlimtalkSettings } from './sens-alimtalk.settings';
import { SENS, sensSettings } from './sens.settings';
import { SES, sesSettings } from './ses.settings';
import { SMTP, smtpSettings } from './smtp.settings';
import { SOLAPI, solapiSettings } from './solapi.settings';

/** The settings blocks of all providers, in the order of the reference. A new provider adds a line here and below. */
export const PROVIDERS = {
  ses: SES,
  smtp: SMTP,
  sens: SENS,
  sensAlimtalk: SENS_ALIMTALK,
  solapi: SOLAPI,
  http: HTTP,
};

type Values = { [N in keyof typeof PROVIDERS]: ValuesOf<(typeof PROVIDERS)[N]> };

/** Fills the types that the providers own. */
export function providerSettings({ ses, smtp, sens, sensAlimtalk, solapi, http }: Values): ProviderSettings {
  return {
    ...sesSettings(ses),
    ...smtpSettings(smtp),
    sens: sensSettings(sens),
    sensAlimtalk: sensAlimtalkSettings(sensAlimtalk, sens),
    solapi: solapiSettings(solapi),
    http: httpSettings(http),
  };
}
