import { type ChannelSettings } from '../../../channels/channel-settings';
import { smtpUrlFault } from '../../../channels/smtp/smtp-url';
import { readAuthorityFile } from '../../files';
import { special } from '../../kinds';
import { isHost } from '../../network';
import { Fault, group, type ValuesOf } from '../../setting';

export const SMTP = group(
  { title: 'E-mail through an SMTP server (`smtp`)', channel: 'EMAIL' },
  {
    SMTP_URL: special<string | null>({
      form: '`smtp://user:password@host:port` or `smtps://...`',
      default: null,
      secret: true,
      requiredBy: ['EMAIL_PROVIDER=smtp'],
      parse: readSmtpUrl,
      description:
        'The SMTP server, with user and password percent-encoded. `smtp://` requires STARTTLS except to this machine; `smtps://` uses TLS from the start.',
    }),
    SMTP_CA_FILE: special<string | null>({
      form: 'PEM file',
      default: null,
      parse: readAuthorityFile,
      defaultText: 'the authorities that Node trusts',
      description:
        'The certificate of the authority that signed the certificate of the SMTP server. It is also used for `ses-smtp`.',
    }),
  },
);

export function smtpSettings(values: ValuesOf<typeof SMTP>): Pick<ChannelSettings, 'smtpUrl' | 'smtpCaFile'> {
  return { smtpUrl: values.SMTP_URL ?? '', smtpCaFile: values.SMTP_CA_FILE };
}

function readSmtpUrl(url: string): string | Fault {
  const fault = smtpUrlFault(url);
  if (fault !== null) return new Fault(fault);
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return isHost(host) ? url : new Fault('must contain a host name or an IP address');
}
