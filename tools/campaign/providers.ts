import { FakeSens } from '../../test/support/fake-sens';
import { FakeSes } from '../../test/support/fake-ses';
import { type Answer, type Call, type Misbehaviour } from '../../test/support/http-provider';
import { CampaignSmtp, codeIn, USUAL_MS } from './campaign-smtp';
import { type Journal, type MessageRecord } from './journal';

/** The condition of a call, and when it arrived. */
interface Met {
  arrivedAt: number;
  plan: Misbehaviour | null;
}

export type Weather = () => Misbehaviour | null;

/**
 * The order of failover on each node: SMTP first, SES first, and only SMTP, where no other provider can be
 * used.
 */
const EMAIL_PROVIDERS = ['smtp,ses', 'ses,smtp', 'smtp'];

/** All providers of a campaign. They record the messages that they accept, and give users their codes. */
export class Providers {
  /** The present condition of the providers. */
  weather: Weather = () => null;
  /** Whether the SMTP server stops answering at this stage. Called at every stage of every connection. */
  smtpStalls: () => boolean = () => false;
  private readonly met = new WeakMap<Call, Met>();
  private readonly codes = new Map<string, string>();
  private readonly waiting = new Map<string, (code: string) => void>();
  private readonly ses: CampaignSes;
  private readonly sens: CampaignSens;
  private readonly smtp: CampaignSmtp;

  private constructor(private readonly journal: Journal) {
    this.ses = new CampaignSes(this);
    this.sens = new CampaignSens(this);
    this.smtp = new CampaignSmtp(this);
  }

  static async start(journal: Journal): Promise<Providers> {
    const providers = new Providers(journal);
    await Promise.all([providers.ses.listen(), providers.sens.listen(), providers.smtp.listen()]);
    providers.ses.answerAlways((call) => providers.meet(call));
    providers.sens.answerAlways((call) => providers.meet(call));
    return providers;
  }

  /**
   * The settings with which a node reaches them. Its sender addresses contain its number, so each message
   * shows its sender.
   */
  environment(node: number): Record<string, string> {
    return {
      EMAIL_PROVIDER: EMAIL_PROVIDERS[(node - 1) % EMAIL_PROVIDERS.length]!,
      SMTP_URL: this.smtp.url,
      ...this.ses.environment,
      EMAIL_FROM: `node-${node}@example.com`,
      ...this.sens.environment,
      SENS_FROM: `0212345${String(node).padStart(3, '0')}`,
    };
  }

  /** The code that arrived for a recipient, or null when none arrived in time. */
  async codeFor(to: string, timeoutMs: number): Promise<string | null> {
    const known = this.codes.get(to);
    if (known) return known;
    let timer: NodeJS.Timeout | undefined;
    const code = await new Promise<string | null>((resolve) => {
      this.waiting.set(to, resolve);
      timer = setTimeout(resolve, timeoutMs, null);
    });
    clearTimeout(timer);
    this.waiting.delete(to);
    return code;
  }

  async close(): Promise<void> {
    await Promise.all([this.ses.close(), this.sens.close(), this.smtp.close()]);
  }

  /** Records a message that was accepted over HTTP, whatever happens to the answer. */
  tookCall(call: Call, message: Omit<MessageRecord, 'arrivedAt' | 'takenAt' | 'answerLost'>): void {
    const { arrivedAt, plan } = this.met.get(call)!;
    const answerLost = plan?.drop === 'after' || call.gone();
    this.took({ ...message, arrivedAt, takenAt: Date.now(), answerLost });
  }

  took(message: MessageRecord): void {
    this.journal.messages.push(message);
    this.codes.set(message.to, message.code);
    this.waiting.get(message.to)?.(message.code);
  }

  private meet(call: Call): Misbehaviour {
    const plan = this.weather();
    this.met.set(call, { arrivedAt: Date.now(), plan });
    return { delayMs: USUAL_MS, ...plan };
  }
}

class CampaignSes extends FakeSes {
  constructor(private readonly providers: Providers) {
    super();
    this.account = { SendQuota: { MaxSendRate: 10_000 }, SendingEnabled: true };
  }

  protected override answer(call: Call): Answer {
    this.calls.length = 0;
    const before = this.messages.length;
    const answer = super.answer(call);
    const message = this.messages[before];
    if (!message) return answer;
    message.html = '';
    this.providers.tookCall(call, {
      channel: 'EMAIL',
      node: /node-\d+/.exec(message.from)![0],
      to: message.to,
      code: codeIn(message.text),
      deliveryId: message.tags.injeung_delivery ?? null,
      verificationId: message.tags.injeung_verification ?? null,
      providerMessageId: message.id,
    });
    return answer;
  }
}

class CampaignSens extends FakeSens {
  constructor(private readonly providers: Providers) {
    super();
  }

  protected override answer(call: Call): Answer {
    this.calls.length = 0;
    const before = this.messages.length;
    const answer = super.answer(call);
    const message = this.messages[before];
    if (!message) return answer;
    this.providers.tookCall(call, {
      channel: 'SMS',
      node: `node-${Number(message.from.slice(-3))}`,
      to: message.to,
      code: codeIn(message.content),
      deliveryId: null,
      verificationId: null,
      providerMessageId: message.requestId,
    });
    return answer;
  }
}
