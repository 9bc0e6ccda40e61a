/** The settings of `http` (docs/reference/settings.md). */
export interface HttpSettings {
  /** The URL of the operator's gateway; empty when it is not set. */
  url: string;
  /** Secrets of Standard Webhooks. All of them sign calls, and each of them is accepted in receipts. Empty: not set. */
  secrets: readonly string[];
}
