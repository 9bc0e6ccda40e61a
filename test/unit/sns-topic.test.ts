import { snsHost } from '../../src/channels/ses/events/sns-topic';

describe('the host of an SNS topic', () => {
  it.each([
    ['arn:aws:sns:ap-northeast-2:123456789012:ses-events', 'sns.ap-northeast-2.amazonaws.com'],
    ['arn:aws:sns:us-east-1:123456789012:t', 'sns.us-east-1.amazonaws.com'],
    ['arn:aws-us-gov:sns:us-gov-west-1:123456789012:t', 'sns.us-gov-west-1.amazonaws.com'],
    ['arn:aws-cn:sns:cn-north-1:123456789012:t', 'sns.cn-north-1.amazonaws.com.cn'],
  ])('of %s is %s', (arn, host) => expect(snsHost(arn)).toBe(host));

  it.each([
    'arn:aws:sns:ap-northeast-2:123456789012:events.fifo',
    'arn:aws:sns:s3:123456789012:t',
    'arn:aws:sns:ap-northeast-2.evil.com#:123456789012:t',
    'arn:aws-iso:sns:us-iso-east-1:123456789012:t',
    'arn:aws:sqs:ap-northeast-2:123456789012:t',
    'arn:aws:sns:ap-northeast-2:12:t',
    '',
  ])('cannot be derived from %s', (arn) => expect(snsHost(arn)).toBeNull());
});
