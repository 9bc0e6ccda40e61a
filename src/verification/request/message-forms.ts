import { type Templates } from '../../channels/templates/templates';
import { type Channel } from '../../recipients/channel';
import { badInput } from '../../shared/errors';
import { type RequestOptions } from '../verification.types';

/** What all messages of one verification have in common, besides the code. */
export interface MessageForm {
  /** A language with templates. */
  locale: string;
  /** The app hash that ends the SMS; null for the usual form. */
  appHash: string | null;
}

/** Decides the form of a new verification's messages. */
export class MessageForms {
  constructor(
    private readonly templates: Pick<Templates, 'languageOf'>,
    /** The app hashes that a request may name. */
    private readonly appHashes: readonly string[],
  ) {}

  /** @throws AppError BAD_USER_INPUT for an app hash that is not in the settings. */
  formOf(
    channel: Channel,
    { locale, purpose, appHash = null }: Pick<RequestOptions, 'locale' | 'purpose' | 'appHash'>,
  ): MessageForm {
    if (appHash !== null && !this.appHashes.includes(appHash))
      throw badInput('input.appHash', 'UNKNOWN_VALUE', 'must be one of the app hashes in SMS_APP_HASHES');
    return { locale: this.templates.languageOf(locale, channel, purpose), appHash };
  }
}
