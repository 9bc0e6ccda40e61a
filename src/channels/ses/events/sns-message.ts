import { createPublicKey, verify } from 'node:crypto';

/** What SNS posts to a subscriber (Amazon SNS Developer Guide, "Parsing Amazon SNS message formats"). */
export interface SnsMessage {
  Type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  TopicArn: string;
  /** When it was published, ISO 8601. */
  Timestamp: string;
  /** For a notification: what was published, here an event of SES as JSON. */
  Message: string;
  SigningCertURL: string;
  Signature: string;
  SignatureVersion: '1' | '2';
  /** Confirmations only: fetching it confirms the subscription. */
  SubscribeURL?: string;
  [field: string]: string | undefined;
}

/** The signed fields, in this order. The subject is signed only if there is one. */
const SIGNED_FIELDS = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: [
    'Message',
    'MessageId',
    'SubscribeURL',
    'Timestamp',
    'Token',
    'TopicArn',
    'Type',
  ],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;
const DIGESTS = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' } as const;

/** Returns null when the text cannot be a message of SNS. Does not check the signature. */
export function parseSnsMessage(body: string): SnsMessage | null {
  const json = parseObject(body);
  if (json === null) return null;
  // Later versions of SNS may add fields of other types. All fields that we read are strings.
  const fields = Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const { Type = '', SignatureVersion = '' } = fields;
  if (!Object.hasOwn(SIGNED_FIELDS, Type) || !Object.hasOwn(DIGESTS, SignatureVersion)) return null;
  const message = fields as unknown as SnsMessage;
  const needed = [...SIGNED_FIELDS[message.Type], 'SigningCertURL', 'Signature'];
  return needed.every((name) => name === 'Subject' || name in fields) ? message : null;
}

/** Whether the holder of the certificate's key signed the message. @param pem the certificate. */
export function isSignedBy(message: SnsMessage, pem: string): boolean {
  const fields: readonly string[] = SIGNED_FIELDS[message.Type];
  const text = fields
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'rsa') return false;
  const signature = Buffer.from(message.Signature, 'base64');
  return verify(DIGESTS[message.SignatureVersion], Buffer.from(text), key, signature);
}

function parseObject(body: string): Record<string, unknown> | null {
  try {
    const json = JSON.parse(body) as unknown;
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
