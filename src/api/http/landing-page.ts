import { type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

export const DOCUMENT = `# Run "RequestCode", open the inbox (/inbox) for the code, copy the id and the code into the
# variables, and run "VerifyCode".

mutation RequestCode($input: RequestEmailCodeInput!) {
  requestEmailCode(input: $input) {
    id
    recipient
    codeLength
    expiresInSeconds
    resendInSeconds
    delivery {
      status
    }
  }
}

mutation VerifyCode($check: VerifyCodeInput!) {
  verifyCode(input: $check) {
    verified
    reason
    attemptsRemaining
    proof
  }
}

# The same code again, once "resendInSeconds" have passed.
mutation Resend($id: ID!) {
  resendCode(verificationId: $id) {
    expiresInSeconds
    resendInSeconds
  }
}

mutation RequestSms($sms: RequestSmsCodeInput!) {
  requestSmsCode(input: $sms) {
    id
    recipient
    codeLength
    expiresInSeconds
    resendInSeconds
  }
}

query Verification($id: ID!) {
  verification(id: $id) {
    status
    attemptsRemaining
    expiresInSeconds
    resendInSeconds
    delivery {
      status
      failure
      updatedAt
    }
  }
}
`;

export const VARIABLES = {
  input: { email: 'user@example.com', purpose: 'sign-up', locale: 'en' },
  check: { verificationId: 'the id that RequestCode returned', code: '000000' },
  sms: { phoneNumber: '010-1234-5678' },
  id: 'the id that RequestCode returned',
};

/** Apollo Sandbox, with documents for the whole flow; in production nothing. */
export function landingPage(production: boolean): ApolloServerPlugin {
  if (production) return ApolloServerPluginLandingPageDisabled();
  return ApolloServerPluginLandingPageLocalDefault({
    document: DOCUMENT,
    variables: VARIABLES,
    includeCookies: false,
    embed: { runTelemetry: false },
  });
}
