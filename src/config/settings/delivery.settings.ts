import { EMAIL_PROVIDERS, SMS_PROVIDERS } from '../../channels/registry';
import { type Channel } from '../../recipients/channel';
import { integer, providers } from '../kinds';
import { group, type ValuesOf } from '../setting';
import { type Faults } from '../settings-fault';

export const DELIVERY = group(
  { title: 'Delivery' },
  {
    EMAIL_PROVIDER: providers({
      choices: EMAIL_PROVIDERS,
      default: ['inbox'],
      description:
        'The providers of e-mail, in the order of failover. `none` switches e-mail off. Production refuses `inbox`.',
    }),
    SMS_PROVIDER: providers({
      choices: SMS_PROVIDERS,
      default: ['inbox'],
      description:
        'The providers of SMS, in the order of failover. `none` switches SMS off. Production refuses `inbox`.',
    }),
    SEND_CONCURRENCY: integer({
      default: 32,
      min: 1,
      max: 1_000,
      description:
        'How many messages one node sends at the same time. This is also the maximum number of connections to one SMTP server; if the server admits fewer, fewer are used.',
    }),
    SEND_TIMEOUT_MS: integer({
      default: 10_000,
      min: 100,
      max: 10_000,
      unit: 'milliseconds',
      description:
        'Maximum duration of one call to a provider. Opening an SMTP connection is a call of its own.',
    }),
  },
);

type Values = ValuesOf<typeof DELIVERY>;

export function closedChannels(values: Values): Channel[] {
  const closed: Channel[] = [];
  if (values.EMAIL_PROVIDER.length === 0) closed.push('EMAIL');
  if (values.SMS_PROVIDER.length === 0) closed.push('SMS');
  return closed;
}

/** In production the inbox would show every code to everyone who can open it. */
export function checkProviders(values: Values, production: boolean, faults: Faults): void {
  for (const variable of ['EMAIL_PROVIDER', 'SMS_PROVIDER'] as const)
    if (production && values[variable].includes('inbox'))
      faults.add(
        variable,
        'must not contain inbox in production: name another provider, or none to switch the channel off',
      );
}
