import { createSign, type KeyObject, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent, buildConnector } from 'undici';
import { trackClosed, trackOpen } from './open-resources';

// This key is only for tests and protects nothing.
const KEY = readFileSync(join(__dirname, 'tls/key.pem'));
const CERT = readFileSync(join(__dirname, 'tls/cert.pem'));

export const TOPIC = 'arn:aws:sns:ap-northeast-2:123456789012:ses-events';
export const CERT_URL =
  'https://sns.ap-northeast-2.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem';
const SUBSCRIBE_URL = `https://sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t`;

type Fields = Record<string, string>;

/** SNS on loopback over TLS. It signs messages like SNS, and serves its certificate and confirmations. */
export class FakeSns {
  /** The host and path of every request that arrived. */
  readonly requests: string[] = [];
  /** The answers of the next requests instead of their normal answers. */
  readonly answers: { status: number; body?: string; headers?: Fields; hang?: boolean }[] = [];
  /** Connects requests for any host to this server. */
  readonly dispatcher: Agent;
  private number = 0;

  private constructor(private readonly server: Server) {
    const connect = buildConnector({ ca: CERT, servername: 'localhost' });
    const port = String((server.address() as AddressInfo).port);
    this.dispatcher = new Agent({
      connect: (options, callback) => connect({ ...options, hostname: '127.0.0.1', port }, callback),
    });
    server.on('request', (request, response) => {
      this.requests.push(`${request.headers.host}${request.url}`);
      const planned = this.answers.shift();
      if (planned?.hang) return;
      response.writeHead(planned?.status ?? 200, planned?.headers).end(planned?.body ?? CERT);
    });
  }

  static async start(): Promise<FakeSns> {
    const server = createServer({ key: KEY, cert: CERT });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sns = new FakeSns(server);
    trackOpen(sns, () => sns.close());
    return sns;
  }

  async close(): Promise<void> {
    trackClosed(this);
    await this.dispatcher.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  notification(message: string, change: Fields = {}): Fields {
    return this.signed({ Type: 'Notification', Message: message, ...change });
  }

  confirmation(type: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation', change: Fields = {}): Fields {
    const Message = 'You have chosen ...';
    return this.signed({ Type: type, Message, Token: 't', SubscribeURL: SUBSCRIBE_URL, ...change });
  }

  /** Signs the fields after they were changed, with this key or another. */
  signed(fields: Fields, key: KeyObject = createPrivateKey(KEY)): Fields {
    const message: Fields = {
      MessageId: `message-${++this.number}`,
      TopicArn: TOPIC,
      Timestamp: new Date().toISOString(),
      SignatureVersion: '2',
      SigningCertURL: CERT_URL,
      UnsubscribeURL: 'https://sns.ap-northeast-2.amazonaws.com/?Action=Unsubscribe',
      ...fields,
    };
    const names =
      message.Type === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const sign = createSign(message.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
    for (const name of names) if (name in message) sign.update(`${name}\n${message[name]}\n`);
    return { ...message, Signature: sign.sign(key, 'base64') };
  }
}
