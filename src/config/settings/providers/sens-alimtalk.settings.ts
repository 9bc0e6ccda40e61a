import { type ChannelSettings } from '../../../channels/channel-settings';
import { integer, text } from '../../kinds';
import { group, type ValuesOf } from '../../setting';
import { type SENS } from './sens.settings';

const requiredBy = ['SMS_PROVIDER=sens-alimtalk'];
const TEMPLATE_CODE = {
  pattern: /^[\x21-\x7e]{1,100}$/,
  patternMessage: 'must be the code of a template, without blanks',
};

export const SENS_ALIMTALK = group(
  {
    title: 'KakaoTalk Alimtalk through Naver Cloud SENS (`sens-alimtalk`)',
    channel: 'SMS',
    intro:
      'The keys and the zone are `SENS_ACCESS_KEY`, `SENS_SECRET_KEY` and `SENS_ENDPOINT`. Name a provider of SMS after `sens-alimtalk`, because not every number has KakaoTalk. The [guide](../guides/alimtalk.md) leads from the contract to the first message.',
  },
  {
    SENS_ALIMTALK_SERVICE_ID: text({
      default: '',
      requiredBy,
      // The value becomes part of a path, in which a slash or a question mark would call another API.
      pattern: /^ncp:kkobizmsg:[\w:.-]+$/,
      patternMessage: 'must be the id of a Biz Message service: ncp:kkobizmsg:kr:...',
      description: 'The id of the Biz Message service: `ncp:kkobizmsg:kr:...`.',
    }),
    SENS_ALIMTALK_CHANNEL: text({
      default: '',
      requiredBy,
      pattern: /^@\S{1,100}$/u,
      patternMessage: 'must be the search id of a KakaoTalk channel: @name',
      description: 'The search id of the KakaoTalk channel that sends: `@name`.',
    }),
    SENS_ALIMTALK_TEMPLATE_KO: text({
      default: '',
      requiredBy,
      ...TEMPLATE_CODE,
      description: 'The code of the approved template for messages in Korean.',
    }),
    SENS_ALIMTALK_TEMPLATE_EN: text({
      ...TEMPLATE_CODE,
      description:
        'The code of the approved template for messages in English. Without it, the next provider sends them.',
    }),
    ALIMTALK_WAIT_SECONDS: integer({
      default: 10,
      min: 3,
      max: 120,
      unit: 'seconds',
      description: 'Without a delivery result after this long, the next provider sends the same code.',
    }),
  },
);

export function sensAlimtalkSettings(
  values: ValuesOf<typeof SENS_ALIMTALK>,
  sens: ValuesOf<typeof SENS>,
): ChannelSettings['sensAlimtalk'] {
  const { SENS_ALIMTALK_TEMPLATE_KO: ko, SENS_ALIMTALK_TEMPLATE_EN: en } = values;
  return {
    endpoint: sens.SENS_ENDPOINT,
    serviceId: values.SENS_ALIMTALK_SERVICE_ID,
    accessKey: sens.SENS_ACCESS_KEY,
    secretKey: sens.SENS_SECRET_KEY,
    channelId: values.SENS_ALIMTALK_CHANNEL,
    templateCodes: { ...(ko ? { ko } : {}), ...(en ? { en } : {}) },
    waitMs: values.ALIMTALK_WAIT_SECONDS * 1_000,
  };
}
