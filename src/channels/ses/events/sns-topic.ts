/**
 * The ARN of a standard topic in a public AWS partition. SNS does not deliver the messages of FIFO topics (`.fifo`) to
 * webhooks.
 */
export const TOPIC_ARN =
  /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d{1,2}):\d{12}:[\w-]{1,256}$/;

/**
 * The host of the SNS endpoint that signs and confirms a topic's messages, for example
 * `sns.ap-northeast-2.amazonaws.com`. Null when `topicArn` does not match `TOPIC_ARN`. The host is derived from the
 * ARN, because a pattern for all regions also matches S3 hosts of buckets called `sns`
 * (https://docs.aws.amazon.com/general/latest/gr/sns.html lists the endpoints).
 */
export function snsHost(topicArn: string): string | null {
  const [, partition, region] = TOPIC_ARN.exec(topicArn) ?? [];
  if (partition === undefined) return null;
  return `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
}
