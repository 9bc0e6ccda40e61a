import { AuditEntryEntity } from '../audit/audit-entry.entity';
import { InboxMessageEntity } from '../channels/inbox/inbox-message.entity';
import { DutyEntity } from '../database/duties/duty.entity';
import { CreateVerifications1764000000000 } from '../database/migrations/1764000000000-create-verifications';
import { CreateSendingDomains1764100000000 } from '../database/migrations/1764100000000-create-sending-domains';
import { OrderVerifications1764200000000 } from '../database/migrations/1764200000000-order-verifications';
import { CreateRefusals1764400000000 } from '../database/migrations/1764400000000-create-refusals';
import { CountUnknownOutcomes1764450000000 } from '../database/migrations/1764450000000-count-unknown-outcomes';
import { SeparateLimitKeys1764500000000 } from '../database/migrations/1764500000000-separate-limit-keys';
import { CreateSends1764550000000 } from '../database/migrations/1764550000000-create-sends';
import { StoreAppHashes1764600000000 } from '../database/migrations/1764600000000-store-app-hashes';
import { RecordReads1764650000000 } from '../database/migrations/1764650000000-record-reads';
import { CreateEvents1764700000000 } from '../database/migrations/1764700000000-create-events';
import { CreateSuppressions1764750000000 } from '../database/migrations/1764750000000-create-suppressions';
import { type Schema } from '../database/schema';
import { DeliveryEntity } from '../delivery/delivery.entity';
import { SendEntity } from '../delivery/send.entity';
import { EventEntity } from '../events/event.entity';
import { KeyringEntity } from '../keyring/keyring.entity';
import { LimitCounterEntity } from '../limits/limit-counter.entity';
import { SuppressionEntity } from '../recipients/suppression/suppression.entity';
import { RefusalEntity } from '../operations/refusals/refusal.entity';
import { DkimKeyEntity } from '../sending-domain/dkim/dkim-key.entity';
import { VerificationEntity } from '../verification/verification.entity';

/** All tables of the program. A new entity or migration needs a line here. */
export const SCHEMA: Schema = {
  entities: [
    VerificationEntity,
    DeliveryEntity,
    SendEntity,
    EventEntity,
    SuppressionEntity,
    LimitCounterEntity,
    KeyringEntity,
    InboxMessageEntity,
    DkimKeyEntity,
    AuditEntryEntity,
    DutyEntity,
    RefusalEntity,
  ],
  migrations: [
    CreateVerifications1764000000000,
    CreateSendingDomains1764100000000,
    OrderVerifications1764200000000,
    CreateRefusals1764400000000,
    CountUnknownOutcomes1764450000000,
    SeparateLimitKeys1764500000000,
    CreateSends1764550000000,
    CreateEvents1764700000000,
    CreateSuppressions1764750000000,
    StoreAppHashes1764600000000,
    RecordReads1764650000000,
  ],
};
