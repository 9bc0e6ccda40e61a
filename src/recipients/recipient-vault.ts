import { type Keyring } from '../keyring/keyring';
import { type Channel } from './channel';
import { addressKey, formerKey, limitKey } from './limit-key';
import { type Recipient } from './recipient';

export type IndexedKind =
  | 'address'
  | 'sms-prefix'
  | 'sms-daily'
  | 'email-daily'
  | 'test-recipient'
  | 'purpose'
  | 'request-key'
  | 'request'
  | 'verify-key';

/** Encrypts recipients, so that they can be read again, and computes blind indexes that find and count them. */
export class RecipientVault {
  constructor(private readonly keyring: Keyring) {}

  seal(verificationId: string, recipient: Recipient): string {
    return this.keyring.seal(recipient.canonical, sealContext(verificationId));
  }

  open(row: { id: string; channel: Channel; recipient_sealed: string }): Recipient {
    return {
      channel: row.channel,
      canonical: this.keyring.unseal(row.recipient_sealed, sealContext(row.id)),
    };
  }

  /** Encrypts a suppressed recipient, who outlives all verifications. `key` is the recipient's index. */
  sealSuppressed(key: string, recipient: Recipient): string {
    return this.keyring.seal(recipient.canonical, suppressionContext(key));
  }

  openSuppressed(row: { key: string; channel: Channel; recipient_sealed: string }): Recipient {
    return {
      channel: row.channel,
      canonical: this.keyring.unseal(row.recipient_sealed, suppressionContext(row.key)),
    };
  }

  /** The index of exactly this recipient. It finds the recipient's verifications. */
  key(recipient: Recipient): string {
    return this.keyring.blindIndex(addressKey(recipient));
  }

  /** The index that the recipient's messages and attempts are counted under. Other spellings of the mailbox share it. */
  limitKey(recipient: Recipient): string {
    return this.keyring.blindIndex(limitKey(recipient));
  }

  /**
   * Every index that a verification of this recipient may be stored under. Earlier versions stored `user+tag` under `user`,
   * so a row that is found by one of them must be opened and compared.
   */
  storedKeys(recipient: Recipient): string[] {
    return [...new Set([addressKey(recipient), formerKey(recipient)])].map((key) =>
      this.keyring.blindIndex(key),
    );
  }

  /** The index of another value that is looked up and not stored in clear. */
  index(kind: IndexedKind, value: string): string {
    return this.keyring.blindIndex(`${kind}:${value}`);
  }
}

function suppressionContext(key: string): string {
  return `suppression ${key} recipient`;
}

function sealContext(verificationId: string): string {
  return `verification ${verificationId} recipient`;
}
