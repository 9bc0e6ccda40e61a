import { type ChannelSettings } from '../../channels/channel-settings';
import { special, text } from '../kinds';
import { urlReader } from '../network';
import { group, type ValuesOf } from '../setting';

export const SMTP = group(
  { title: 'E-mail through an SMTP server (`smtp`)', channel: 'EMAIL' },
  {
    SMTP_URL: special<string | null>({
      form: '`smtp://user:password@host:port` or `smtps://...`',
      default: null,
      secret: true,
      requiredBy: ['EMAIL_PROVIDER=smtp'],
      parse: urlReader('smtp', 'smtps'),
      description:
        '`smtp://` requires STARTTLS except to this machine; `smtps://` is TLS from the start. User and password are percent-encoded.',
    }),
    SMTP_CA_FILE: text({
      form: 'PEM file',
      defaultText: 'the authorities that Node trusts',
      description: "The authority that signed the server's certificate; also for `ses-smtp`.",
    }),
  },
);

export function smtpSettings(values: ValuesOf<typeof SMTP>): Pick<ChannelSettings, 'smtpUrl' | 'smtpCaFile'> {
  return { smtpUrl: values.SMTP_URL ?? '', smtpCaFile: values.SMTP_CA_FILE };
}
