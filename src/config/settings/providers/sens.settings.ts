import { type ChannelSettings } from '../../../channels/channel-settings';
import { credential } from '../../keys';
import { special, text } from '../../kinds';
import { endpoint } from '../../network';
import { readSender } from '../../sender-number';
import { group, type ValuesOf } from '../../setting';

const requiredBy = ['SMS_PROVIDER=sens'];
const alsoByAlimtalk = [...requiredBy, 'SMS_PROVIDER=sens-alimtalk'];

export const SENS = group(
  { title: 'SMS through Naver Cloud SENS (`sens`)', channel: 'SMS' },
  {
    SENS_SERVICE_ID: text({
      default: '',
      requiredBy,
      // The value becomes part of a path, in which a slash or a question mark would call another API.
      pattern: /^ncp:sms:[\w:.-]+$/,
      patternMessage: 'must be the id of an SMS service: ncp:sms:kr:...',
      description: 'The id of the SMS service: `ncp:sms:kr:...`.',
    }),
    SENS_ACCESS_KEY: credential({
      default: '',
      requiredBy: alsoByAlimtalk,
      description: 'The access key of the Naver Cloud account.',
    }),
    SENS_SECRET_KEY: credential({
      default: '',
      secret: true,
      requiredBy: alsoByAlimtalk,
      description:
        'The secret key of the Naver Cloud account. The secret key of the SMS service does not work.',
    }),
    SENS_FROM: special({
      form: '8 to 11 digits; blanks and hyphens are ignored',
      default: '',
      requiredBy,
      parse: readSender,
      description: 'The sender number. It must be registered with SENS.',
    }),
    SENS_ENDPOINT: endpoint({
      default: 'https://sens.apigw.ntruss.com',
      description:
        'The URL of the SENS zone: the default is the public zone, `https://sens.apigw.gov-ntruss.com` the government zone, `https://sens.apigw.fin-ntruss.com` the finance zone.',
    }),
  },
);

export function sensSettings(values: ValuesOf<typeof SENS>): ChannelSettings['sens'] {
  return {
    endpoint: values.SENS_ENDPOINT,
    serviceId: values.SENS_SERVICE_ID,
    accessKey: values.SENS_ACCESS_KEY,
    secretKey: values.SENS_SECRET_KEY,
    from: values.SENS_FROM,
  };
}
