/** The settings of `sens-alimtalk` (docs/reference/settings.md). */
export interface SensAlimtalkSettings {
  endpoint: string;
  serviceId: string;
  accessKey: string;
  secretKey: string;
  /** The KakaoTalk channel: `@name`. */
  channelId: string;
  /** The code of the approved template of each language, by its primary subtag (`ko`). */
  templateCodes: Readonly<Record<string, string>>;
  /** How long a delivery result may take before the next provider sends, in milliseconds. */
  waitMs: number;
}
