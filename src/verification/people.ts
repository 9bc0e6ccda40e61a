import { type Keyring } from '../keyring/keyring';
import { type Channel } from '../channels/provider.types';
import { limitKey, type Recipient } from './recipient';

/** How recipients lie in the database: sealed to be read again, blindly indexed to be found. */
export class People {
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

  /** The index under which all verifications and budgets of one person stand. */
  key(recipient: Recipient): string {
    return this.keyring.blindIndex(limitKey(recipient));
  }

  /** The index of anything else that is looked up without being kept, by kind. */
  index(
    kind: 'address' | 'sms-prefix' | 'sms-daily' | 'request-key' | 'request' | 'verify-key',
    value: string,
  ): string {
    return this.keyring.blindIndex(`${kind}:${value}`);
  }
}

function sealContext(verificationId: string): string {
  return `verification ${verificationId} recipient`;
}
