import { Webhook } from 'standardwebhooks';
import { type Answer, type Call, HttpProvider } from './http-provider';
import { until } from './until';

export const EVENTS_SECRET = `whsec_${Buffer.from('a secret of the receiver in tests').toString('base64')}`;

export interface ReceivedEvent {
  /** The header `webhook-id`. */
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, string>;
}

/** An operator's back end on loopback. It checks signatures with the package `standardwebhooks`. */
export class FakeReceiver extends HttpProvider {
  /** Accepted events, repetitions included. */
  readonly events: ReceivedEvent[] = [];
  readonly refused: Call[] = [];
  private readonly webhook = new Webhook(EVENTS_SECRET);

  private constructor(private readonly checksTime: boolean) {
    super();
  }

  /** @param checksTime false: the sender has a clock of its own. */
  static start({ checksTime = false } = {}): Promise<FakeReceiver> {
    return new FakeReceiver(checksTime).listen();
  }

  get environment(): Record<string, string> {
    return { EVENTS_URL: `${this.url}/events?tenant=a`, EVENTS_SECRET };
  }

  waitForEvents(count: number): Promise<readonly ReceivedEvent[]> {
    return until(() => (this.events.length >= count ? this.events : null));
  }

  /** Keeps the answers to all calls back until the returned function is called. */
  holdAnswers(): () => void {
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    this.answerAlways({ beforeAnswer: () => released });
    return () => {
      this.answerAlways(null);
      release();
    };
  }

  protected answer(call: Call): Answer {
    if (!this.isSigned(call)) {
      this.refused.push(call);
      return { status: 401, body: null };
    }
    const { type, timestamp, data } = JSON.parse(call.body) as ReceivedEvent;
    this.events.push({ id: call.headers['webhook-id'] as string, type, timestamp, data });
    return { status: 204, body: null };
  }

  protected isMessage(): boolean {
    return true;
  }

  private isSigned({ headers, body }: Call): boolean {
    const signed = headers as Record<string, string>;
    try {
      if (this.checksTime) this.webhook.verify(body, signed);
      else {
        const at = new Date(Number(signed['webhook-timestamp']) * 1000);
        const expected = this.webhook.sign(signed['webhook-id']!, at, body);
        return signed['webhook-signature']!.split(' ').includes(expected);
      }
      return true;
    } catch {
      return false;
    }
  }
}
