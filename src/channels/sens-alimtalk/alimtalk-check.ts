import { fieldsOf, objectsOf, textOf } from '../json-answer';
import { type ProviderFinding } from '../provider.types';
import { checkEndpoint, refusedCall } from '../refused-call';
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

const ADVICE = {
  refused: 'check SENS_ALIMTALK_SERVICE_ID, SENS_ACCESS_KEY and SENS_SECRET_KEY',
  unreachable: checkEndpoint('SENS_ENDPOINT'),
};

/** Checks keys and clock, the channel and each template. */
export async function checkAlimtalk(
  deps: AlimtalkCheckDeps,
  signal: AbortSignal,
): Promise<ProviderFinding[]> {
  let channel: ProviderFinding;
  try {
    channel = channelFinding(await deps.client.get('channels', {}, signal), deps.settings.channelId);
  } catch (error) {
    const refused = refusedCall(error, ADVICE);
    const templates = await checkTemplates(deps, signal);
    // SENS accepts the keys if it answers about the templates.
    const answered = templates.some(({ status }) => status !== 'FAIL');
    return answered ? [unreadableChannels(deps.settings.channelId), ...templates] : [refused];
  }
  // The templates belong to the channel, so they cannot be used for the same reason.
  return channel.status === 'FAIL' ? [channel] : [channel, ...(await checkTemplates(deps, signal))];
}

function unreadableChannels(channelId: string): ProviderFinding {
  return {
    status: 'WARN',
    message: 'SENS accepts the keys, but its list of channels could not be read',
    advice: `check in the console that the channel ${channelId} is active`,
  };
}

/** The documents show a list of channels: `{channelId, channelStatus, isBlock, isDormant}`. */
function channelFinding(answer: unknown, channelId: string): ProviderFinding {
  const list = Array.isArray(answer) ? answer : Object.values(fieldsOf(answer)).find(Array.isArray);
  if (list === undefined && Object.keys(fieldsOf(answer)).length > 0) return unreadableChannels(channelId);
  const channel = objectsOf(list).find((each) => textOf(each.channelId) === channelId);
  if (!channel)
    return {
      status: 'FAIL',
      message: `SENS does not know the channel ${channelId} (SENS_ALIMTALK_CHANNEL)`,
      advice: 'register the KakaoTalk channel in the console under KakaoTalk Channel, or correct the setting',
    };
  const status = stateOf(channel);
  if (status !== 'ACTIVE')
    return {
      status: 'FAIL',
      message: `the channel ${channelId} is ${status}`,
      advice: "restore the channel in Kakao's channel administration",
    };
  return { status: 'OK', message: `SENS accepts the keys and knows the channel ${channelId}`, advice: null };
}

function stateOf({ channelStatus, isBlock, isDormant }: Record<string, unknown>): string {
  if (isBlock === true) return 'blocked';
  if (isDormant === true) return 'dormant';
  return textOf(channelStatus) || 'ACTIVE';
}

function checkTemplates(deps: AlimtalkCheckDeps, signal: AbortSignal): Promise<ProviderFinding[]> {
  const languages = Object.keys(deps.settings.templateCodes);
  return Promise.all(languages.map((language) => checkTemplate(language, deps, signal)));
}

async function checkTemplate(
  language: string,
  { templates, settings, brand }: AlimtalkCheckDeps,
  signal: AbortSignal,
): Promise<ProviderFinding> {
  const templateCode = settings.templateCodes[language]!;
  const named = `the template ${templateCode} (${language})`;
  try {
    const read = await templates.fetch(templateCode, signal);
    if ('reason' in read) {
      const setting = `SENS_ALIMTALK_TEMPLATE_${language.toUpperCase()}`;
      const advice = `wait for the inspection, correct the template in the console and have it inspected again, or name another one in ${setting}`;
      return { status: 'FAIL', message: `${named} ${read.reason}`, advice };
    }
    if (usesBrand(read.template) && !brand) {
      const message = `${named} shows the name of the service, which is not set`;
      return { status: 'WARN', message, advice: 'set BRAND_NAME to the name that Kakao approved' };
    }
    return { status: 'OK', message: `${named} can be used`, advice: null };
  } catch (error) {
    return refusedCall(error, { ...ADVICE, refused: `check ${named} in the console` });
  }
}
