/** A template's file name, as in TEMPLATES_DIR: `<locale>/<part>.liquid`. */
export type TemplateName =
  `${'ko' | 'en'}/${'email.subject' | 'email.text' | 'email.html' | 'sms.text'}.liquid`;

/**
 * One frame for both languages. Mail clients know tables and inline styles; the style block serves dark mode where
 * it is understood. No image is fetched, so nothing tells when the mail was opened.
 */
const html = (
  lang: string,
  words: { preheader: string; lead: string; life: string; care: string; foot: string },
) => `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${words.lead}</title>
<style>
  :root { color-scheme: light dark; }
  @media (prefers-color-scheme: dark) {
    .page { background: #14161a !important; }
    .card { background: #1e2127 !important; border-color: #31353d !important; }
    .ink { color: #f2f3f5 !important; }
    .soft { color: #a9afba !important; }
    .code { background: #2a2e36 !important; color: #ffffff !important; }
  }
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f5f7;">
<div style="display:none;max-height:0;overflow:hidden;opacity:0;">${words.preheader}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f5f7;">
<tr><td align="center" style="padding:32px 16px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:480px;background:#ffffff;border:1px solid #e3e5e9;border-radius:12px;font-family:-apple-system,BlinkMacSystemFont,'Apple SD Gothic Neo','Malgun Gothic','Segoe UI',Roboto,sans-serif;">
{% if brand != "" %}<tr><td class="ink" style="padding:28px 32px 0;font-size:15px;font-weight:700;color:#16181d;">{{ brand }}</td></tr>{% endif %}
<tr><td class="ink" style="padding:24px 32px 0;font-size:17px;line-height:1.5;color:#16181d;">${words.lead}</td></tr>
<tr><td style="padding:20px 32px 0;">
<div class="code" style="padding:18px 12px;background:#f0f2f5;border-radius:8px;text-align:center;font-family:SFMono-Regular,Consolas,'Liberation Mono',Menlo,monospace;font-size:32px;line-height:1.2;font-weight:700;letter-spacing:6px;color:#16181d;">{{ code }}</div>
</td></tr>
<tr><td class="soft" style="padding:20px 32px 0;font-size:14px;line-height:1.6;color:#545b67;">${words.life}</td></tr>
<tr><td class="soft" style="padding:8px 32px 28px;font-size:14px;line-height:1.6;color:#545b67;">${words.care}</td></tr>
</table>
<p class="soft" style="max-width:480px;margin:16px auto 0;padding:0 16px;font-family:-apple-system,BlinkMacSystemFont,'Apple SD Gothic Neo','Malgun Gothic','Segoe UI',Roboto,sans-serif;font-size:12px;line-height:1.5;color:#6b7280;">${words.foot}</p>
</td></tr>
</table>
</body>
</html>
`;

/** The messages that go out where the operator gives no others. */
export const DEFAULT_TEMPLATES: Readonly<Record<TemplateName, string>> = {
  'ko/email.subject.liquid': `{% if brand != "" %}[{{ brand }}] {% endif %}인증번호 {{ code }}`,
  'ko/email.text.liquid': `인증번호: {{ code }}

{{ ttlMinutes }}분 안에 입력해 주세요.
요청하신 적이 없다면 이 메일을 무시하셔도 됩니다. 인증번호는 누구에게도 알려 주지 마세요.
{% if brand != "" %}
{{ brand }}
{% endif %}`,
  'ko/email.html.liquid': html('ko', {
    preheader: '인증번호는 {{ code }}입니다. {{ ttlMinutes }}분 안에 입력해 주세요.',
    lead: '아래 인증번호를 입력해 주세요.',
    life: '이 번호는 {{ ttlMinutes }}분 동안 유효하며 한 번만 사용할 수 있습니다.',
    care: '인증번호는 누구에게도 알려 주지 마세요. 저희는 인증번호를 묻지 않습니다.',
    foot: '요청하신 적이 없다면 이 메일을 무시하셔도 됩니다.',
  }),
  'ko/sms.text.liquid': `{% if brand != "" %}[{{ brand }}] {% endif %}인증번호는 [{{ code }}] 입니다.`,
  'en/email.subject.liquid': `{% if brand != "" %}[{{ brand }}] {% endif %}Your verification code is {{ code }}`,
  'en/email.text.liquid': `Your verification code: {{ code }}

Enter it within {{ ttlMinutes }} minutes.
If you did not ask for it, you can ignore this e-mail. Never share the code with anyone.
{% if brand != "" %}
{{ brand }}
{% endif %}`,
  'en/email.html.liquid': html('en', {
    preheader: 'Your code is {{ code }}. Enter it within {{ ttlMinutes }} minutes.',
    lead: 'Enter this code to continue.',
    life: 'It is valid for {{ ttlMinutes }} minutes and can be used once.',
    care: 'Never share it with anyone. We will not ask you for it.',
    foot: 'If you did not ask for a code, you can ignore this e-mail.',
  }),
  'en/sms.text.liquid': `{% if brand != "" %}[{{ brand }}] {% endif %}Your verification code is {{ code }}.`,
};
