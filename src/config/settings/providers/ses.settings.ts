import { type ChannelSettings } from '../../../channels/channel-settings';
import { sesSmtpFaults } from '../../../channels/ses/ses-smtp-credentials';
import { TOPIC_ARN } from '../../../channels/ses/events/sns-topic';
import { credential } from '../../keys';
import { integer, special, text } from '../../kinds';
import { endpoint, readHost } from '../../network';
import { group, type ValuesOf } from '../../setting';
import { type Faults } from '../../settings-fault';

const region = {
  form: 'name of a region',
  pattern: /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/,
  patternMessage: 'must be the name of a region such as ap-northeast-2',
};
export const SES = group(
  {
    title: 'E-mail through Amazon SES (`ses`, `ses-smtp`)',
    intro:
      'The AWS SDK also reads its own variables and files, such as `AWS_PROFILE`, `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, and the IAM role of a machine at AWS. Calls to providers by HTTPS use the proxy that `HTTPS_PROXY` and `NO_PROXY` name.',
    channel: 'EMAIL',
  },
  {
    AWS_REGION: text({
      ...region,
      defaultText: '`AWS_DEFAULT_REGION`, then `ap-northeast-2`',
      description: 'The AWS region of SES.',
    }),
    AWS_DEFAULT_REGION: text({ ...region, description: 'The region if `AWS_REGION` is not set.' }),
    AWS_ACCESS_KEY_ID: credential({
      requiredBy: ['EMAIL_PROVIDER=ses-smtp', 'AWS_SECRET_ACCESS_KEY'],
      verbatim: true,
      description: 'The access key id. `ses-smtp` requires the permanent key of an IAM user (not `ASIA...`).',
    }),
    AWS_SECRET_ACCESS_KEY: credential({
      requiredBy: ['EMAIL_PROVIDER=ses-smtp', 'AWS_ACCESS_KEY_ID'],
      secret: true,
      verbatim: true,
      description: 'The secret access key that belongs to `AWS_ACCESS_KEY_ID`.',
    }),
    AWS_ENDPOINT_URL_SESV2: endpoint({
      verbatim: true,
      defaultText: "`AWS_ENDPOINT_URL`, then the region's own",
      description: 'Replaces the URL of the SES API.',
    }),
    AWS_ENDPOINT_URL: endpoint({
      verbatim: true,
      defaultText: "the region's own",
      description: 'Replaces the URLs of all AWS APIs.',
    }),
    SES_CONFIGURATION_SET: text({
      form: 'name of a configuration set',
      pattern: /^[\w-]{1,64}$/,
      patternMessage: 'must be the name of a configuration set: letters, digits, - and _, at most 64',
      description: 'The SES configuration set that publishes events.',
    }),
    SES_TOPIC_ARN: text({
      form: 'ARN of a standard SNS topic',
      defaultText: 'none: the webhook refuses every event',
      pattern: TOPIC_ARN,
      patternMessage: 'must be the ARN of a standard SNS topic: arn:aws:sns:<region>:<account>:<name>',
      description:
        'The SNS topic whose events `POST /webhooks/ses` accepts. It must be in the region of SES, because SES publishes only to topics of its own region.',
    }),
    SES_SMTP_HOST: special<string | null>({
      form: 'host name',
      default: null,
      parse: readHost,
      defaultText: 'the SMTP host of the region',
      description: 'The SMTP server of `ses-smtp`.',
    }),
    SES_SMTP_PORT: integer({
      default: 587,
      min: 1,
      max: 65_535,
      description: 'The port of the SMTP server. 465 and 2465 use TLS from the start, all others STARTTLS.',
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

/**
 * SES does not publish to topics of another region, so events from such a topic cannot be about our messages.
 */
export function checkTopicRegion(values: Values, faults: Faults): void {
  const topicRegion = TOPIC_ARN.exec(values.SES_TOPIC_ARN ?? '')?.[2];
  if (topicRegion !== undefined && topicRegion !== regionOf(values))
    faults.add('SES_TOPIC_ARN', `must be a topic of the region of SES (AWS_REGION), ${regionOf(values)}`);
}

/** SES's SMTP interface does not accept every key, and not every region has one. */
export function checkSesSmtp(values: Values, faults: Faults): void {
  const given = { accessKeyId: values.AWS_ACCESS_KEY_ID ?? '', region: regionOf(values) };
  for (const { field, message } of sesSmtpFaults(given))
    faults.add(field === 'region' ? 'AWS_REGION' : 'AWS_ACCESS_KEY_ID', message);
}

function regionOf(values: Values): string {
  return values.AWS_REGION ?? values.AWS_DEFAULT_REGION ?? 'ap-northeast-2';
}
