import { fieldsOf, objectsOf, textOf } from '../json-answer';
import { DeliveryError, type ProviderFinding } from '../provider.types';
import { refusedCall } from '../refused-call';
import { type SensClient } from '../sens/sens-client';
import { usesBrand } from './alimtalk-template';
import { type AlimtalkTemplates } from './alimtalk-templates';
import { type SensAlimtalkSettings } from './sens-alimtalk-settings';

export interface AlimtalkCheckDeps {
  client: SensClient;
  templates: AlimtalkTemplates;
  settings: SensAlimtalkSettings;
  brand: string;
}

/** Checks keys and clock, the channel and each template. */
export async function checkAlimtalk(
  deps: AlimtalkCheckDeps,
  signal: AbortSignal,
): Promise<ProviderFinding[]> {
  const { client, settings } = deps;
  let channels: unknown;
  try {
    channels = await client.get('channels', {}, signal);
  } catch (error) {
    const advice = 'check SENS_ALIMTALK_SERVICE_ID, SENS_ACCESS_KEY, SENS_SECRET_KEY and SENS_ENDPOINT';
    return [refusedCall(error, advice)];
  }
  const templates = await Promise.all(
    Object.keys(settings.templateCodes).map((language) => checkTemplate(language, deps, signal)),
  );
  return [channelFinding(channels, settings.channelId), ...templates.flat()];
}

/** The documents show a list of channels: `{channelId, channelStatus, isBlock, isDormant}`. */
function channelFinding(answer: unknown, channelId: string): ProviderFinding {
  const list = Array.isArray(answer) ? answer : Object.values(fieldsOf(answer)).find(Array.isArray);
  if (list === undefined && Object.keys(fieldsOf(answer)).length > 0)
    return {
      status: 'WARN',
      message: 'SENS accepts the keys, but its list of channels could not be read',
      advice: `check in the console that the channel ${channelId} is active`,
    };
  const channel = objectsOf(list).find((each) => textOf(each.channelId) === channelId);
  if (!channel)
    return {
      status: 'FAIL',
      message: `SENS does not know the channel ${channelId} (SENS_ALIMTALK_CHANNEL)`,
      advice: 'register the KakaoTalk channel in the console under KakaoTalk Channel, or correct the setting',
    };
  const status = textOf(channel.channelStatus);
  const stopped = channel.isBlock === true || channel.isDormant === true;
  if ((status !== '' && status !== 'ACTIVE') || stopped)
    return {
      status: 'FAIL',
      message: `the channel ${channelId} is ${channel.isBlock === true ? 'blocked' : channel.isDormant === true ? 'dormant' : status}`,
      advice: "restore the channel in Kakao's channel administration",
    };
  return { status: 'OK', message: `SENS accepts the keys and knows the channel ${channelId}`, advice: null };
}

async function checkTemplate(
  language: string,
  { templates, settings, brand }: AlimtalkCheckDeps,
  signal: AbortSignal,
): Promise<ProviderFinding[]> {
  const templateCode = settings.templateCodes[language]!;
  const named = `the template ${templateCode} (${language})`;
  try {
    const read = await templates.fetch(templateCode, signal);
    if ('reason' in read)
      return [
        {
          status: 'FAIL',
          message: `${named} ${read.reason}`,
          advice: 'correct the template in the console and have it inspected again, or name another template',
        },
      ];
    if (usesBrand(read.template) && !brand)
      return [
        {
          status: 'WARN',
          message: `${named} shows the name of the service, which is not set`,
          advice: 'set BRAND_NAME to the name that Kakao approved',
        },
      ];
    return [{ status: 'OK', message: `${named} can be used`, advice: null }];
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return [refusedCall(error, `check ${named} in the console`)];
  }
}
