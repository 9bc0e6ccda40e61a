/** The settings of `sens` (docs/reference/settings.md). */
export interface SensSettings {
  endpoint: string;
  serviceId: string;
  accessKey: string;
  secretKey: string;
  /** A registered sender number, digits only. */
  from: string;
}
