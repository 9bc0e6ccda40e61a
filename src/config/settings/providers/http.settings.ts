import { type ChannelSettings } from '../../../channels/channel-settings';
import { webhookSecrets } from '../../keys';
import { endpoint } from '../../network';
import { group, type ValuesOf } from '../../setting';

const requiredBy = ['EMAIL_PROVIDER=http', 'SMS_PROVIDER=http'];

/** The gateway serves both channels, so the group has no `channel`: a fault counts while either channel is on. */
export const HTTP = group(
  {
    title: 'Your own gateway (`http`)',
    intro: '[The guide](../guides/http-gateway.md) describes the calls.',
  },
  {
    HTTP_PROVIDER_URL: endpoint({
      query: true,
      // The query may contain a key of the gateway.
      secret: true,
      requiredBy,
      description:
        'The URL of your gateway, which receives each message as a signed POST. Both channels use the same gateway.',
    }),
    HTTP_PROVIDER_SECRET: webhookSecrets({
      requiredBy,
      description:
        'The secret that signs the calls to your gateway and the receipts that it sends to `POST /webhooks/delivery`. To replace it, name the new and the old one: calls are then signed with both, and receipts with either are accepted.',
    }),
  },
);

export function httpSettings(values: ValuesOf<typeof HTTP>): ChannelSettings['http'] {
  return { url: values.HTTP_PROVIDER_URL ?? '', secrets: values.HTTP_PROVIDER_SECRET };
}
