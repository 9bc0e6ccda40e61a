/** The text of an e-mail in one language, as Liquid like all templates. */
export interface EmailWords {
  /** BCP 47, with the script where the language has several: browsers choose the font by it. */
  lang: string;
  /** Fonts for the script. Those for Korean are always in the list, because the brand may be Korean. */
  fonts?: string;
  /** The language separates words by spaces, so a line must not break within a word. */
  keepsWords?: boolean;
  preheader: string;
  lead: string;
  life: string;
  secrecy: string;
  unasked: string;
}

const SANS = `'Apple SD Gothic Neo','Malgun Gothic','Segoe UI',Roboto,Helvetica,Arial,sans-serif`;
const MONO = `ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace`;

/**
 * Keeps the text below out of the preview line of the mailbox, which shows the preheader and the text after
 * it.
 */
const PREVIEW_FILLER = '\u034F\u200C\u00A0'.repeat(60);

/**
 * The HTML of an e-mail, with the same layout in all languages. Mail clients support tables and inline styles. Outlook
 * on Windows does not support max-width, so it gets a table of fixed width. Where the style block is supported, it
 * handles dark mode and narrow screens. Nothing is loaded, so the sender cannot see when the mail was opened. The left
 * padding of the code balances the letter-spacing after its last digit, and format-detection prevents phones from
 * showing it as a telephone number.
 */
export const emailHtml = ({
  lang,
  fonts = '',
  keepsWords = false,
  preheader,
  lead,
  life,
  secrecy,
  unasked,
}: EmailWords) => `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<meta name="x-apple-disable-message-reformatting">
<title>${lead}</title>
<style>
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  @media (max-width: 420px) {
    .page-cell { padding: 20px 12px !important; }
    .pad { padding-left: 22px !important; padding-right: 22px !important; }
    .code { font-size: 28px !important; letter-spacing: 4px !important; padding-left: 4px !important; }
  }
  @media (prefers-color-scheme: dark) {
    .page { background-color: #121417 !important; }
    .card { background-color: #1c1f24 !important; border-color: #30353d !important; }
    .ink { color: #f3f4f6 !important; }
    .soft { color: #b3bac5 !important; }
    .faint { color: #949ca9 !important; }
    .rule { border-color: #30353d !important; }
    .code-cell { background-color: #282c33 !important; }
  }
</style>
</head>
<body class="page" style="margin:0;padding:0;width:100%;background-color:#f3f4f6;-webkit-text-size-adjust:100%;">
<div style="display:none;max-height:0;overflow:hidden;opacity:0;mso-hide:all;">${preheader}${PREVIEW_FILLER}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;">
<tr><td class="page-cell" align="center" style="padding:40px 16px;">
<!--[if mso]><table role="presentation" width="480" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:480px;background-color:#ffffff;border:1px solid #e2e5ea;border-radius:14px;border-collapse:separate;font-family:-apple-system,BlinkMacSystemFont,${fonts}${SANS};${keepsWords ? 'word-break:keep-all;' : ''}overflow-wrap:anywhere;text-align:left;">
{% if brand != "" %}<tr><td class="pad ink" style="padding:30px 36px 0;font-size:15px;line-height:1.4;font-weight:700;color:#15181d;">{{ brand }}</td></tr>
{% endif %}<tr><td class="pad" style="padding:{% if brand != "" %}22{% else %}34{% endif %}px 36px 0;"><h1 class="ink" style="margin:0;font-size:20px;line-height:1.4;font-weight:700;letter-spacing:-0.2px;color:#15181d;">${lead}</h1></td></tr>
<tr><td class="pad soft" style="padding:8px 36px 0;font-size:15px;line-height:1.6;color:#4b525d;">${life}</td></tr>
<tr><td class="pad" style="padding:24px 36px 0;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="code-cell" align="center" style="padding:22px 8px;background-color:#f3f4f6;border-radius:10px;"><span class="code ink" style="display:inline-block;padding-left:7px;font-family:${MONO};font-size:34px;line-height:1.15;font-weight:700;letter-spacing:7px;white-space:nowrap;color:#15181d;-webkit-user-select:all;user-select:all;">{{ code }}</span></td>
</tr></table>
</td></tr>
<tr><td class="pad soft" style="padding:24px 36px 0;font-size:14px;line-height:1.6;color:#4b525d;">${secrecy}</td></tr>
<tr><td class="pad" style="padding:24px 36px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="rule faint" style="padding-top:18px;border-top:1px solid #e8eaee;font-size:13px;line-height:1.6;color:#68707d;">${unasked}</td>
</tr></table></td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
`;
