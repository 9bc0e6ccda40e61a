/** The settings of `solapi` (docs/reference/settings.md). */
export interface SolapiSettings {
  endpoint: string;
  apiKey: string;
  apiSecret: string;
  /** A registered sender number, digits only. */
  from: string;
}
