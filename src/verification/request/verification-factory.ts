import { type RecipientVault } from '../../recipients/recipient-vault';
import { type Recipient } from '../../recipients/recipient';
import { type Clock } from '../../shared/clock';
import { type CodeDerivation } from '../code/code-derivation';
import { type NewVerification } from '../verification.repository';
import { type RequestOptions } from '../verification.types';
import { type LimitPolicy } from './limit-policy';
import { type MessageForm, type MessageForms } from './message-forms';
import { type PurposePolicies } from './purpose-policies';

export interface VerificationFactoryDeps {
  vault: RecipientVault;
  codes: Pick<CodeDerivation, 'newId'>;
  limits: Pick<LimitPolicy, 'keyOf'>;
  purposes: Pick<PurposePolicies, 'codePolicy'>;
  forms: Pick<MessageForms, 'formOf'>;
  clock: Clock;
}

/** Makes the row of a new verification: its id, its encrypted recipient and its blind indexes. */
export class VerificationFactory {
  constructor(private readonly deps: VerificationFactoryDeps) {}

  /** @throws AppError as `PurposePolicies.codePolicy` and `MessageForms.formOf`. */
  create(recipient: Recipient, options: RequestOptions): NewVerification {
    const { vault, codes, limits, purposes, forms, clock } = this.deps;
    const { channel } = recipient;
    const form = forms.formOf(channel, options);
    const { length, ttlSeconds, maxAttempts } = purposes.codePolicy(options.purpose, channel);
    const id = codes.newId(clock.now(), recipient, length);
    const recipientKey = vault.key(recipient);
    const limitKey = limits.keyOf(recipient);
    return {
      id,
      channel,
      purpose: options.purpose,
      ...form,
      recipientSealed: vault.seal(id, recipient),
      recipientKey,
      limitKey: limitKey === recipientKey ? null : limitKey,
      maxAttempts,
      ttlSeconds,
      nonce: options.nonce ?? null,
      ...this.idempotency(recipient, options, form),
    };
  }

  /** The blind indexes that find and compare a repeated request; null without an idempotency key. */
  private idempotency(
    recipient: Recipient,
    { idempotencyKey, purpose, nonce }: RequestOptions,
    { locale, appHash }: MessageForm,
  ): Pick<NewVerification, 'requestKey' | 'requestFingerprint'> {
    if (!idempotencyKey) return { requestKey: null, requestFingerprint: null };
    const input = [recipient.channel, recipient.canonical, purpose, locale, nonce ?? null];
    // Without an app hash, the fingerprint is the one that nodes of former versions compute.
    if (appHash) input.push(appHash);
    return {
      requestKey: this.deps.vault.index('request-key', idempotencyKey),
      requestFingerprint: this.deps.vault.index('request', JSON.stringify(input)),
    };
  }
}
