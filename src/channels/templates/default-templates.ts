import { emailHtml } from './email-html';

/** The languages with built-in templates. */
export const BUILT_IN_LANGUAGES = ['ko', 'en', 'ja', 'zh'] as const;

const BRAND_PREFIX = '{% if brand != "" %}[{{ brand }}] {% endif %}';
const SIGNATURE = '{% if brand != "" %}\n{{ brand }}\n{% endif %}';

/**
 * The built-in templates by their path in TEMPLATES_DIR, where the operator may replace them. They do not show the
 * purpose, because it is an identifier and not a word. Chinese is in simplified characters.
 *
 * Korean carriers cannot transmit the characters of the SMS in Japanese and Chinese, so these SMS go out in English.
 */
export const DEFAULT_TEMPLATES: Readonly<Record<string, string>> = {
  'ko/email.subject.liquid': `${BRAND_PREFIX}인증번호 {{ code }}`,
  'ko/email.text.liquid': `인증번호: {{ code }}

인증번호를 요청하신 화면에 위 번호를 입력해 주세요. {{ validity }} 동안 유효하며, 한 번만 사용할 수 있습니다.

인증번호는 다른 사람에게 절대 알려 주지 마세요.
인증번호를 요청하지 않으셨다면 이 메일은 무시하셔도 됩니다.
${SIGNATURE}`,
  'ko/email.html.liquid': emailHtml({
    lang: 'ko',
    keepsWords: true,
    preheader: `인증번호는 {{ code }}이며, {{ validity }} 동안 유효합니다.`,
    lead: '인증번호 안내',
    life: `인증번호를 요청하신 화면에 아래 번호를 입력해 주세요. {{ validity }} 동안 유효하며, 한 번만 사용할 수 있습니다.`,
    secrecy:
      '인증번호는 다른 사람에게 절대 알려 주지 마세요. 전화나 메시지로 인증번호를 묻는다면 사기일 수 있습니다.',
    unasked: '인증번호를 요청하지 않으셨다면 이 메일은 무시하셔도 됩니다.',
  }),
  'ko/sms.text.liquid': `${BRAND_PREFIX}인증번호는 [{{ code }}]입니다.`,

  'en/email.subject.liquid': `${BRAND_PREFIX}Your verification code is {{ code }}`,
  'en/email.text.liquid': `Your verification code: {{ code }}

Enter it where you asked for it. It is valid for {{ validity }} and works once.

Never share this code with anyone.
If you did not ask for it, you can safely ignore this e-mail.
${SIGNATURE}`,
  'en/email.html.liquid': emailHtml({
    lang: 'en',
    keepsWords: true,
    preheader: `Your code is {{ code }}. It is valid for {{ validity }}.`,
    lead: 'Your verification code',
    life: `Enter this code where you asked for it. It is valid for {{ validity }} and works once.`,
    secrecy:
      'Never share this code with anyone. If someone asks you for it by phone or message, it is likely a scam.',
    unasked: 'If you did not ask for a code, you can safely ignore this e-mail.',
  }),
  'en/sms.text.liquid': `${BRAND_PREFIX}Your verification code is {{ code }}.`,

  'ja/email.subject.liquid': `${BRAND_PREFIX}認証コード {{ code }}`,
  'ja/email.text.liquid': `認証コード: {{ code }}

認証コードをリクエストした画面に、上記のコードを入力してください。有効時間は{{ validity }}で、1回のみご利用いただけます。

認証コードは絶対に他の人に教えないでください。
認証コードをリクエストしていない場合は、このメールを無視していただいて問題ありません。
${SIGNATURE}`,
  'ja/email.html.liquid': emailHtml({
    lang: 'ja',
    fonts: `'Hiragino Sans','Hiragino Kaku Gothic ProN','Yu Gothic','Meiryo',`,
    preheader: `認証コードは {{ code }} です。有効時間は{{ validity }}です。`,
    lead: '認証コードのご案内',
    life: `認証コードをリクエストした画面に、下記のコードを入力してください。有効時間は{{ validity }}で、1回のみご利用いただけます。`,
    secrecy:
      '認証コードは絶対に他の人に教えないでください。電話やメッセージで認証コードを尋ねられた場合は、詐欺の可能性があります。',
    unasked: '認証コードをリクエストしていない場合は、このメールを無視していただいて問題ありません。',
  }),
  'ja/sms.text.liquid': `${BRAND_PREFIX}認証コードは {{ code }} です。`,

  'zh/email.subject.liquid': `${BRAND_PREFIX}验证码 {{ code }}`,
  'zh/email.text.liquid': `验证码：{{ code }}

请在您请求验证码的页面输入以上验证码。有效期为{{ validity }}，仅可使用一次。

请勿将验证码告诉任何人。
如果您没有请求验证码，请忽略此邮件。
${SIGNATURE}`,
  'zh/email.html.liquid': emailHtml({
    lang: 'zh-Hans',
    fonts: `'PingFang SC','Microsoft YaHei',`,
    preheader: `您的验证码是 {{ code }}，有效期为{{ validity }}。`,
    lead: '您的验证码',
    life: `请在您请求验证码的页面输入以下验证码。有效期为{{ validity }}，仅可使用一次。`,
    secrecy: '请勿将验证码告诉任何人。如果有人通过电话或消息向您索要验证码，可能是诈骗。',
    unasked: '如果您没有请求验证码，请忽略此邮件。',
  }),
  'zh/sms.text.liquid': `${BRAND_PREFIX}您的验证码是 {{ code }}。`,
};
