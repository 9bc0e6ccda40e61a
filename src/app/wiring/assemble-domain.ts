import { CodeDerivation } from '../../verification/code/code-derivation';
import { MessageComposer } from '../../verification/message-composer';
import { RecipientVault } from '../../recipients/recipient-vault';
import { ProofSigner } from '../../verification/proof/proof-signer';
import { type AppContext } from '../app-context';

/** Creates the parts that both the API and the delivery of messages need: recipients, codes, messages and proofs. */
export function assembleDomain({ config, database, keyring, templates, clock }: AppContext) {
  const settings = config.verification;
  const vault = new RecipientVault(keyring);
  const codes = new CodeDerivation(keyring, settings.testRecipients);
  const composer = new MessageComposer({ database, vault, codes, templates });
  const proofs = new ProofSigner(keyring, config.proof, clock);
  return { vault, codes, composer, proofs };
}

export type Domain = ReturnType<typeof assembleDomain>;
