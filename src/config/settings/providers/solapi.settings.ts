import { type ChannelSettings } from '../../../channels/channel-settings';
import { credential } from '../../keys';
import { special } from '../../kinds';
import { endpoint } from '../../network';
import { readSender } from '../../sender-number';
import { group, type ValuesOf } from '../../setting';

const requiredBy = ['SMS_PROVIDER=solapi'];

export const SOLAPI = group(
  { title: 'SMS through SOLAPI (`solapi`)', channel: 'SMS' },
  {
    SOLAPI_API_KEY: credential({
      default: '',
      requiredBy,
      description: 'The API key of the SOLAPI account.',
    }),
    SOLAPI_API_SECRET: credential({
      default: '',
      secret: true,
      requiredBy,
      description: 'The secret that belongs to the API key.',
    }),
    SOLAPI_FROM: special({
      form: '8 to 11 digits; blanks and hyphens are ignored',
      default: '',
      requiredBy,
      parse: readSender,
      description: 'The sender number. It must be registered with SOLAPI.',
    }),
    SOLAPI_ENDPOINT: endpoint({
      default: 'https://api.solapi.com',
      description: 'The URL of SOLAPI. Change it only for a proxy that passes requests on unchanged.',
    }),
  },
);

export function solapiSettings(values: ValuesOf<typeof SOLAPI>): ChannelSettings['solapi'] {
  return {
    endpoint: values.SOLAPI_ENDPOINT,
    apiKey: values.SOLAPI_API_KEY,
    apiSecret: values.SOLAPI_API_SECRET,
    from: values.SOLAPI_FROM,
  };
}
