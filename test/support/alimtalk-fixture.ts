import { SensAlimtalkProvider } from '../../src/channels/sens-alimtalk/sens-alimtalk.provider';
import { type SensAlimtalkSettings } from '../../src/channels/sens-alimtalk/sens-alimtalk-settings';
import { createLogger } from '../../src/observability/logger';
import { ALIMTALK_ACCESS, TEMPLATE_KO } from './fake-alimtalk';
import { FakeSens, SENS_ACCESS } from './fake-sens';
import { type Call } from './http-provider';
import { ManualClock } from './manual-clock';

/** A provider of Alimtalk with its local server, its clock and its log. */
export class AlimtalkFixture {
  readonly clock = new ManualClock();
  readonly lines: Record<string, unknown>[] = [];
  sens!: FakeSens;
  private readonly providers: SensAlimtalkProvider[] = [];

  static async start(): Promise<AlimtalkFixture> {
    const fixture = new AlimtalkFixture();
    fixture.sens = await FakeSens.start(() => fixture.clock.now());
    return fixture;
  }

  /** A provider that is closed with the fixture. */
  provider(
    change: Partial<SensAlimtalkSettings> = {},
    { clock = this.clock, brand = '인증상점' } = {},
  ): SensAlimtalkProvider {
    const settings = {
      endpoint: this.sens.url,
      ...ALIMTALK_ACCESS,
      accessKey: SENS_ACCESS.accessKey,
      secretKey: SENS_ACCESS.secretKey,
      templateCodes: { ko: TEMPLATE_KO },
      waitMs: 10_000,
      ...change,
    };
    const write = (line: string) => void this.lines.push(JSON.parse(line) as Record<string, unknown>);
    const logger = createLogger('info', (_error): _error is Error => false, { write });
    const provider = new SensAlimtalkProvider({ settings, brand, clock, logger });
    this.providers.push(provider);
    return provider;
  }

  /** The calls for templates. */
  get fetches(): Call[] {
    return this.sens.calls.filter(({ target }) => target.includes('/templates'));
  }

  async close(): Promise<void> {
    await Promise.all(this.providers.map((provider) => provider.close()));
    await this.sens.close();
  }
}
