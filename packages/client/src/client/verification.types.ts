import { type VerificationFieldsFragment } from './generated.js';

export {
  type Channel,
  type DeliveryFailure,
  type DeliveryStatus,
  type CodeRefusal as CodeRefusalReason,
  type VerificationStatus,
} from './generated.js';

/** A verification, as the server describes it. Its descriptions are in `schema.graphql`. */
export type Verification = VerificationFieldsFragment;
