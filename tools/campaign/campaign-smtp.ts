import { type Misbehaviour } from '../../test/support/http-provider';
import { type Behaviour, ScriptedSmtp, type Stage, type TakenMail } from '../../test/support/scripted-smtp';
import { type MessageRecord } from './journal';

/** How long a provider takes without a fault, in milliseconds. */
export const USUAL_MS = 20;

/** What the SMTP server shares with the other providers. */
interface Surroundings {
  /** The present condition of the providers. */
  weather: () => Misbehaviour | null;
  /** Whether the server stops answering at this stage. Called at every stage of every connection. */
  smtpStalls: () => boolean;
  /** Records a message that was accepted. */
  took: (message: MessageRecord) => void;
}

/** The SMTP server of a campaign. It has the same faults as the other providers, and also stalls. */
export class CampaignSmtp extends ScriptedSmtp {
  /** The fault of the current mail on each connection. */
  private readonly plans = new Map<number, Misbehaviour | null>();

  constructor(private readonly providers: Surroundings) {
    super({ pipelining: true });
    this.behave = (stage, connection) => this.meet(stage, connection);
  }

  override take(mail: TakenMail): void {
    const code = codeIn(firstPart(mail.source));
    mail.source = ''; // A soak opens many.
    this.providers.took({
      channel: 'EMAIL',
      node: /node-\d+/.exec(mail.from)![0],
      to: mail.to,
      code,
      deliveryId: mail.deliveryId,
      verificationId: null,
      providerMessageId: `<${mail.deliveryId}@example.com>`,
      arrivedAt: mail.takenAt,
      takenAt: mail.takenAt,
      // Only after the answer is it known whether the client was still connected.
      get answerLost() {
        return mail.answerLost;
      },
    });
  }

  private meet(stage: Stage, connection: number): Behaviour | null {
    if (this.providers.smtpStalls()) return { stall: true };
    if (stage === 'MAIL') {
      const plan = this.providers.weather();
      this.plans.set(connection, plan);
      if (plan?.status !== undefined) return { reply: '451 4.3.0 Temporary failure' };
      if (plan?.drop === 'before') return { end: 'rst' };
    }
    if (stage !== 'content') return null;
    const plan = this.plans.get(connection);
    return { delayMs: plan?.delayMs ?? USUAL_MS, ...(plan?.drop === 'after' ? { end: 'rst' as const } : {}) };
  }
}

export function codeIn(text: string): string {
  return /\d{6}/.exec(text)?.[0] ?? '';
}

/** The text of the mail in base64. The Korean templates put it first. */
function firstPart(source: string): string {
  const [, base64 = ''] = /Content-Transfer-Encoding: base64\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(source) ?? [];
  return Buffer.from(base64, 'base64').toString();
}
