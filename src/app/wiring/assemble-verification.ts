import { VerificationResolver } from '../../api/graphql/verification/verification.resolver';
import { type Dispatcher } from '../../delivery/dispatcher';
import { type OverloadGuard } from '../../limits/overload-guard';
import { CancelVerification } from '../../verification/cancel-verification';
import { CheckCode } from '../../verification/check/check-code';
import { Attempts } from '../../verification/check/attempts';
import { Intake } from '../../verification/request/intake';
import { LimitPolicy } from '../../verification/request/limit-policy';
import { MessageForms } from '../../verification/request/message-forms';
import { Outbox } from '../../verification/request/outbox';
import { PurposePolicies } from '../../verification/request/purpose-policies';
import { RequestCode } from '../../verification/request/request-code';
import { ResendCode } from '../../verification/request/resend-code';
import { VerificationFactory } from '../../verification/request/verification-factory';
import { VerificationReader } from '../../verification/verification-reader';
import { type AppContext } from '../app-context';
import { type Domain } from './assemble-domain';
import { assembleHumanCheckPolicy } from './assemble-upkeep';

interface Parts {
  domain: Domain;
  dispatcher: Dispatcher;
  overloadGuard: OverloadGuard;
}

/** Wires requesting, resending, checking, canceling and reading verifications. */
export function assembleVerifications(
  context: AppContext,
  { domain, dispatcher, overloadGuard }: Parts,
): VerificationResolver {
  const { config, database, metrics, clock, events } = context;
  const { vault, codes, composer, proofs } = domain;
  const settings = config.verification;
  const { closedChannels } = settings;
  const { cooldownSeconds } = settings.limits;
  const purposes = new PurposePolicies(settings);
  const forms = new MessageForms(context.templates, settings.appHashes);
  const limits = new LimitPolicy(vault, codes, purposes, settings);
  const humanCheck = assembleHumanCheckPolicy(context);
  const intake = new Intake({ overloadGuard, humanCheck, limits, codes, closedChannels });
  const factory = new VerificationFactory({ vault, codes, limits, purposes, forms, clock });
  const outbox = new Outbox({ dispatcher, composer, codes, clock });
  const reader = new VerificationReader({ database, vault, codes, cooldownSeconds });
  const attempts = new Attempts(database, settings.limits, events);
  return new VerificationResolver({
    requestCode: new RequestCode({ database, intake, factory, outbox, reader, metrics }),
    resendCode: new ResendCode({ database, vault, codes, intake, outbox, reader }),
    checkCode: new CheckCode({ database, vault, codes, proofs, metrics, attempts }),
    cancelVerification: new CancelVerification({ database, codes, reader, events }),
    reader,
    settings,
  });
}
