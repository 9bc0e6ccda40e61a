/** One link of the start page. */
export interface Endpoint {
  path: string;
  title: string;
  /** One sentence for developers. */
  purpose: string;
}

const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f4f2; --card: #ffffff; --ink: #17191c; --soft: #5a616b; --line: #dfe1e4; --seal: #bf3a2b; --link: #1f5fae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111315; --card: #1b1e22; --ink: #eef0f2; --soft: #a2a9b4; --line: #30343a; --seal: #d2513f; --link: #86b7f5;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', sans-serif; }
main { max-width: 720px; margin: 0 auto; padding: 40px 20px 64px; }
h1 { display: flex; align-items: center; gap: 12px; margin: 0; font-size: 24px; line-height: 1.3; }
.seal { display: grid; place-items: center; width: 36px; height: 36px; border-radius: 9px; background: var(--seal);
  color: #fff; font-size: 20px; font-weight: 700; line-height: 1; }
p { margin: 12px 0 0; color: var(--soft); }
ul { list-style: none; margin: 28px 0 0; padding: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; overflow: hidden; }
li + li { border-top: 1px solid var(--line); }
a { display: grid; grid-template-columns: 1fr auto; gap: 0 16px; padding: 14px 18px; color: inherit; text-decoration: none; }
a:hover strong, a:focus-visible strong { text-decoration: underline; text-underline-offset: 3px; }
a:focus-visible { outline: 2px solid var(--link); outline-offset: -3px; border-radius: 12px; }
strong { color: var(--link); font-weight: 600; }
code { color: var(--soft); font: 13px/24px ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; }
span.purpose { grid-column: 1 / -1; color: var(--soft); font-size: 14px; }
@media (max-width: 480px) {
  main { padding: 24px 12px 40px; }
  a { grid-template-columns: 1fr; }
  code { grid-row: 3; overflow-wrap: anywhere; }
}
`;

/**
 * The start page of a server under development, with a link to each endpoint. It has no script and loads
 * nothing from other servers. All texts are constants, so nothing has to be escaped.
 *
 * @param nonce permits the style in the content security policy
 */
export function startPage(endpoints: readonly Endpoint[], nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Injeung</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1><span class="seal" aria-hidden="true" lang="ko">인</span>Injeung</h1>
<p>The server is running for development. In production this page does not exist.</p>
<ul>
${endpoints.map(item).join('\n')}
</ul>
</main>
</body>
</html>
`;
}

function item({ path, title, purpose }: Endpoint): string {
  return `<li><a href="${path}"><strong>${title}</strong><code>${path}</code><span class="purpose">${purpose}</span></a></li>`;
}
