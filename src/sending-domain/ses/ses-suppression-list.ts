import {
  DeleteSuppressedDestinationCommand,
  GetSuppressedDestinationCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { createSesClient } from '../../channels/ses/ses-client';
import { AppError } from '../../shared/errors';
import { SesCalls } from './ses-call';
import { type SesIdentitiesSettings } from './ses-identities';

/** SES's rate limit for all calls but SendEmail (Amazon SES Developer Guide, "Service quotas"). */
const CALLS_PER_SECOND = 1;

/**
 * The suppression list of the account at SES (API v2, `GetSuppressedDestination` and `DeleteSuppressedDestination`). SES
 * refuses mail to the addresses in it. SES puts addresses there itself, after permanent bounces and complaints.
 */
export class SesSuppressionList {
  private readonly client: SESv2Client;
  private readonly calls: SesCalls;

  constructor({ region, callsPerSecond = CALLS_PER_SECOND }: SesIdentitiesSettings) {
    this.client = createSesClient(region);
    this.calls = new SesCalls(callsPerSecond);
  }

  /** Removes an address; does nothing when the list does not contain it. @throws AppError PROVIDER_ERROR */
  async remove(address: string): Promise<void> {
    const destination = { EmailAddress: address };
    try {
      await this.calls.make((abortSignal) =>
        this.client.send(new GetSuppressedDestinationCommand(destination), { abortSignal }),
      );
      await this.calls.make((abortSignal) =>
        this.client.send(new DeleteSuppressedDestinationCommand(destination), { abortSignal }),
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  close(): void {
    this.calls.close();
    this.client.destroy();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof AppError && error.extensions.name === 'NotFoundException';
}
