import { type Dialect } from './databases';
import { FakeSes, type SesMessage } from './fake-ses';
import { FakeSns, TOPIC } from './fake-sns';
import { ManualClock } from './manual-clock';
import { TestApp } from './test-app';

export const RECIPIENT = 'somebody@example.com';

/** A server that sends through SES and gets SES's events from SNS, with both on loopback. */
export class SesWebhook {
  private constructor(
    readonly app: TestApp,
    readonly ses: FakeSes,
    readonly sns: FakeSns,
    readonly clock: ManualClock,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async start(dialect: Dialect, env: Record<string, string> = {}): Promise<SesWebhook> {
    const ses = await FakeSes.start();
    const sns = await FakeSns.start();
    const clock = new ManualClock(Date.now());
    const environment = { ...process.env };
    // The AWS SDK reads the environment of the process.
    Object.assign(process.env, ses.environment);
    const app = await TestApp.start(
      dialect,
      { EMAIL_PROVIDER: 'ses', EMAIL_FROM: 'verify@example.com', SES_TOPIC_ARN: TOPIC, ...env },
      { clock, snsDispatcher: sns.dispatcher, eventPollMs: 20 },
    );
    return new SesWebhook(app, ses, sns, clock, environment);
  }

  async close(): Promise<void> {
    process.env = this.environment;
    await this.app.close();
    await this.sns.close();
    await this.ses.close();
  }

  /** Posts to the webhook and returns the status of the answer. */
  async post(body: object | string, headers: Record<string, string> = {}): Promise<number> {
    const response = await fetch(`${this.app.url}/webhooks/ses`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return response.status;
  }

  /** Posts a signed event about a mail. */
  report(mail: SesMessage, eventType: string, more: object = {}): Promise<number> {
    return this.post(this.sns.notification(eventOf(mail, eventType, more)));
  }

  /** Requests a code and waits until SES has accepted its mail. */
  async sent(recipient = RECIPIENT): Promise<{ id: string; mail: SesMessage }> {
    const { id } = (await this.app.requestEmail(recipient)).data.requestEmailCode;
    await this.app.delivered(id, 'SENT');
    return { id, mail: this.ses.messages.at(-1)! };
  }

  /** The delivery's status, with its failure if it failed. */
  async stateOf(id: string): Promise<string> {
    const { status, failure } = (await this.app.verification(id)).delivery;
    return failure === null ? status : `${status} ${failure}`;
  }

  /** The number of events of this type with this result. */
  async counted(type: string, result: string): Promise<number> {
    const text = await (await fetch(`${this.app.url}/metrics`)).text();
    const line = new RegExp(`injeung_ses_events_total\\{type="${type}",result="${result}"\\} (\\d+)`).exec(
      text,
    );
    return Number(line?.[1] ?? 0);
  }
}

export function eventOf(mail: SesMessage, eventType: string, more: object = {}): string {
  const tags = Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]]));
  return JSON.stringify({
    eventType,
    mail: { messageId: mail.id, destination: [RECIPIENT], tags },
    ...more,
  });
}

export function bounce(bounceType: string, bounceSubType = 'General'): object {
  return { bounce: { bounceType, bounceSubType, bouncedRecipients: [{ emailAddress: RECIPIENT }] } };
}
