import { type ChannelSettings } from '../../channels/channel-settings';
import { sesSmtpFaults } from '../../channels/email/ses-smtp-credentials';
import { TOPIC_ARN } from '../../channels/email/sns-topic';
import { integer, text } from '../kinds';
import { group, type ValuesOf } from '../setting';
import { type Faults } from '../settings-fault';

export const SES = group(
  {
    title: 'E-mail through Amazon SES (`ses`, `ses-smtp`)',
    intro:
      'The AWS SDK also reads its own variables and files, such as `AWS_PROFILE`, and on machines of AWS their role.',
    channel: 'EMAIL',
  },
  {
    AWS_REGION: text({
      defaultText: '`AWS_DEFAULT_REGION`, then `ap-northeast-2`',
      description: 'The region of SES.',
    }),
    AWS_DEFAULT_REGION: text({ description: 'Used when `AWS_REGION` is not set.' }),
    AWS_ACCESS_KEY_ID: text({
      requiredBy: ['EMAIL_PROVIDER=ses-smtp'],
      verbatim: true,
      description: "The access key. `ses-smtp` requires an IAM user's key (not `ASIA...`).",
    }),
    AWS_SECRET_ACCESS_KEY: text({
      requiredBy: ['EMAIL_PROVIDER=ses-smtp'],
      secret: true,
      verbatim: true,
      description: 'Its secret.',
    }),
    SES_CONFIGURATION_SET: text({ description: 'The configuration set that publishes events.' }),
    SES_TOPIC_ARN: text({
      form: 'ARN of a standard SNS topic',
      defaultText: 'none: the webhook refuses every event',
      pattern: TOPIC_ARN,
      patternMessage: 'must be the ARN of a standard SNS topic: arn:aws:sns:<region>:<account>:<name>',
      description: 'The SNS topic whose events `POST /webhooks/ses` accepts.',
    }),
    SES_SMTP_HOST: text({
      form: 'host name',
      defaultText: "the region's",
      description: 'The SMTP server of `ses-smtp`.',
    }),
    SES_SMTP_PORT: integer({
      default: 587,
      min: 1,
      max: 65_535,
      description: 'Its port. 465 and 2465 use TLS from the start, all others STARTTLS.',
    }),
  },
);

type Values = ValuesOf<typeof SES>;

export function sesSettings(values: Values): Pick<ChannelSettings, 'ses' | 'sesSmtp' | 'sesTopicArn'> {
  return {
    ses: { region: regionOf(values), configurationSet: values.SES_CONFIGURATION_SET },
    sesTopicArn: values.SES_TOPIC_ARN,
    sesSmtp: {
      host: values.SES_SMTP_HOST,
      port: values.SES_SMTP_PORT,
      accessKeyId: values.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY ?? '',
    },
  };
}

/** SES's SMTP interface accepts neither every key nor every region. */
export function checkSesSmtp(values: Values, faults: Faults): void {
  const given = { accessKeyId: values.AWS_ACCESS_KEY_ID ?? '', region: regionOf(values) };
  for (const { field, message } of sesSmtpFaults(given))
    faults.add(field === 'region' ? 'AWS_REGION' : 'AWS_ACCESS_KEY_ID', message);
}

function regionOf(values: Values): string {
  return values.AWS_REGION ?? values.AWS_DEFAULT_REGION ?? 'ap-northeast-2';
}
