import { type RecipientVault } from '../../recipients/recipient-vault';
import { type Recipient } from '../../recipients/recipient';
import { type Clock } from '../../shared/clock';
import { badInput } from '../../shared/errors';
import { type CodeDerivation } from '../code/code-derivation';
import { type NewVerification } from '../verification.repository';
import { type RequestOptions, type VerificationSettings } from '../verification.types';
import { type LimitPolicy } from './limit-policy';
import { type PurposePolicies } from './purpose-policies';

export interface VerificationFactoryDeps {
  vault: RecipientVault;
  codes: Pick<CodeDerivation, 'newId'>;
  limits: Pick<LimitPolicy, 'keyOf'>;
  purposes: Pick<PurposePolicies, 'codePolicy'>;
  clock: Clock;
  settings: Pick<VerificationSettings, 'appHashes'>;
}

/** Makes the row of a new verification: its id, its encrypted recipient and its blind indexes. */
export class VerificationFactory {
  constructor(private readonly deps: VerificationFactoryDeps) {}

  /** @throws AppError BAD_USER_INPUT for an app hash that is not in the settings, and as `PurposePolicies.codePolicy`. */
  create(recipient: Recipient, options: RequestOptions): NewVerification {
    const { vault, codes, limits, purposes, clock, settings } = this.deps;
    const { channel } = recipient;
    const appHash = options.appHash ?? null;
    if (appHash !== null) requireListed(appHash, settings.appHashes);
    const { length, ttlSeconds, maxAttempts } = purposes.codePolicy(options.purpose, channel);
    const id = codes.newId(clock.now(), recipient, length);
    const recipientKey = vault.key(recipient);
    const limitKey = limits.keyOf(recipient);
    return {
      id,
      channel,
      purpose: options.purpose,
      locale: options.locale,
      recipientSealed: vault.seal(id, recipient),
      recipientKey,
      limitKey: limitKey === recipientKey ? null : limitKey,
      appHash,
      maxAttempts,
      ttlSeconds,
      nonce: options.nonce ?? null,
      ...this.idempotency(recipient, options),
    };
  }

  /** The blind indexes that find and compare a repeated request; null without an idempotency key. */
  private idempotency(
    recipient: Recipient,
    { idempotencyKey, purpose, locale, nonce, appHash }: RequestOptions,
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

function requireListed(appHash: string, appHashes: readonly string[]): void {
  if (!appHashes.includes(appHash))
    throw badInput('input.appHash', 'UNKNOWN_VALUE', 'must be one of the app hashes in SMS_APP_HASHES');
}
