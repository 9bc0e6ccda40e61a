export type DemoLanguage = 'ko' | 'en';

export interface DemoTexts {
  title: string;
  language: string;
  formStep: string;
  signUp: string;
  introduction: string;
  keysRequired: string;
  createAccount: string;
  inboxStep: string;
  inbox: string;
  noMessages: string;
  noInbox: string;
  /** `{recipient}` is replaced. */
  signedUp: string;
  refused: string;
  valid: string;
  invalid: string;
  notChecked: string;
  token: string;
  backEnd: string;
  again: string;
  /** What the claims of the proof mean. */
  claims: Record<'sub' | 'channel' | 'purpose' | 'nonce' | 'exp', string>;
}

export const TEXTS: Record<DemoLanguage, DemoTexts> = {
  ko: {
    title: '인증 데모',
    language: '언어',
    formStep: '1. 이메일 주소나 휴대폰 번호를 입력하세요',
    signUp: '회원가입',
    introduction:
      '이메일이나 문자로 받은 인증번호를 확인한 뒤 가입합니다. 데모에서는 아무것도 저장하지 않습니다.',
    keysRequired:
      '이 서버는 APP_API_KEYS로 애플리케이션 키를 요구하므로, 페이지에서 직접 호출할 수 없습니다. 백엔드를 거치는 방법은 examples/sign-up에 있습니다.',
    createAccount: '가입하기',
    inboxStep: '2. 받은 메시지에서 인증번호를 확인하세요',
    inbox: '개발용 메시지함',
    noMessages: '메시지를 보내면 여기에 바로 나타납니다.',
    noInbox: '이 서버는 메시지를 실제 수신자에게 보냅니다. 인증번호는 받은 이메일이나 문자에서 확인하세요.',
    signedUp: '{recipient} 님, 가입되었습니다',
    refused: '가입할 수 없습니다',
    valid: '서명, purpose, nonce를 공개 키(/.well-known/jwks.json)로 확인했습니다.',
    invalid: '증명이 올바르지 않습니다. 다시 시도해 주세요.',
    notChecked:
      '서명을 확인하지 못했습니다. 공개 키를 불러올 수 없거나, 브라우저가 이 페이지에서 지원하지 않습니다.',
    token: '증명 원문 (JWT)',
    backEnd: '실제 서비스에서는 백엔드가 증명을 받아 같은 방법으로 확인합니다.',
    again: '처음부터 다시',
    claims: {
      sub: '인증된 수신자',
      channel: '채널',
      purpose: '용도',
      nonce: '세션의 nonce',
      exp: '유효 기한',
    },
  },
  en: {
    title: 'Injeung demo',
    language: 'Language',
    formStep: '1. Enter an e-mail address or a mobile number',
    signUp: 'Sign up',
    introduction:
      'You sign up after you have entered the code from an e-mail or an SMS. The demo stores no account.',
    keysRequired:
      'This server requires application keys (APP_API_KEYS), so a page cannot call it. The example examples/sign-up shows how to call it through a back end.',
    createAccount: 'Create the account',
    inboxStep: '2. Read the code in the message',
    inbox: 'Development inbox',
    noMessages: 'A message appears here as soon as it is sent.',
    noInbox:
      'This server sends messages to their real recipients. Read the code in the e-mail or SMS that you receive.',
    signedUp: '{recipient} has signed up',
    refused: 'You could not sign up',
    valid: 'Signature, purpose and nonce were checked with the public key from /.well-known/jwks.json.',
    invalid: 'The proof is not valid. Please try again.',
    notChecked:
      'The signature was not checked: the keys could not be loaded, or the browser does not support it on this page.',
    token: 'The proof as it was sent (JWT)',
    backEnd: 'In your application, the back end receives the proof and checks it in the same way.',
    again: 'Start again',
    claims: {
      sub: 'the verified recipient',
      channel: 'how the code was sent',
      purpose: 'what the code was for',
      nonce: 'of this session',
      exp: 'valid until',
    },
  },
};
