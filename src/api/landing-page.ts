import { type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

const DOCUMENT = `# Run "RequestCode", open the inbox (/inbox) for the code, copy the id and the code into the
# variables, and run "VerifyCode".

mutation RequestCode($input: RequestEmailCodeInput!) {
  requestEmailCode(input: $input) {
    id
    recipient
    codeLength
    expiresAt
    resendAvailableAt
    delivery {
      status
    }
  }
}

mutation VerifyCode($guess: VerifyCodeInput!) {
  verifyCode(input: $guess) {
    verified
    reason
    attemptsRemaining
    proof
  }
}

mutation RequestSms($sms: RequestSmsCodeInput!) {
  requestSmsCode(input: $sms) {
    id
    recipient
    expiresAt
  }
}

query Verification($id: ID!) {
  verification(id: $id) {
    status
    attemptsRemaining
    delivery {
      status
      failure
      updatedAt
    }
  }
}
`;

const VARIABLES = {
  input: { email: 'user@example.com', purpose: 'sign-up', locale: 'en' },
  guess: { verificationId: 'the id that RequestCode answered', code: '000000' },
  sms: { phoneNumber: '010-1234-5678' },
  id: 'the id that RequestCode answered',
};

/** Apollo Sandbox with the whole flow as its first documents; nothing in production. */
export function landingPage(production: boolean): ApolloServerPlugin {
  if (production) return ApolloServerPluginLandingPageDisabled();
  return ApolloServerPluginLandingPageLocalDefault({
    document: DOCUMENT,
    variables: VARIABLES,
    includeCookies: false,
    embed: { runTelemetry: false },
  });
}
