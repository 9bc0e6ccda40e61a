/** The settings of `ses` (docs/reference/settings.md). */
export interface SesSettings {
  region: string;
  configurationSet: string | null;
}
